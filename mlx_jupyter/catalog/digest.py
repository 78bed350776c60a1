"""Tells one model from another by what is in its files, for what is kept longer than a process.

Weights of one architecture have the same names, sizes and heads, whatever they have learnt, and
some package managers give every file the same time: so samples of the weights themselves count too.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlx_jupyter.catalog.fingerprint import marks_of

__all__ = ["digest"]

SAMPLE_BYTES = 65536
SAMPLES = 8
_SAMPLED = (".safetensors", ".npz", ".gguf")
_BYTES = 16


def digest(folders: Iterable[Path], *words: object) -> str:
    """Of the checkpoint's folders, and of `words` that say how it is computed with. In 32 hex
    digits. Raises `OSError`."""
    made = hashlib.blake2b(repr(words).encode(), digest_size=_BYTES)
    for folder in folders:
        made.update(repr(marks_of(folder)).encode())
        for file in sorted(folder.iterdir()):
            for sample in _samples(file):
                made.update(sample)
    return made.hexdigest()


def _samples(file: Path) -> Iterator[bytes]:
    """All of what describes the model, and so many places of what it has learnt."""
    if file.name == "config.json":
        yield file.read_bytes()
    if file.suffix not in _SAMPLED or not file.is_file():
        return
    last = max(0, file.stat().st_size - SAMPLE_BYTES)
    with file.open("rb") as opened:
        for place in range(SAMPLES + 1):
            opened.seek(last * place // SAMPLES)
            yield opened.read(SAMPLE_BYTES)
