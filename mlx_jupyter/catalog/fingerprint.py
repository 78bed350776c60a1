"""Tells one state of a checkpoint from another, so that what was made with it can be kept."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

from mlx_jupyter.catalog.checkpoint import Checkpoint

__all__ = ["revision_of"]

_FILES = (".json", ".jinja", ".model", ".py", ".safetensors", ".txt")
_BYTES = 16


def revision_of(checkpoint: Checkpoint) -> str:
    """The commit of a Hugging Face snapshot, else a fingerprint: names, sizes and times of the
    files in the folder, those below it (`1_Pooling/config.json`) and the adapter's."""
    if checkpoint.revision and not checkpoint.adapter:
        return checkpoint.revision
    digest = hashlib.blake2b(digest_size=_BYTES)
    for folder in filter(None, (checkpoint.path, checkpoint.adapter)):
        for mark in sorted(_marks(folder, folder)):
            digest.update(repr(mark).encode())
    return digest.hexdigest()


def _marks(folder: Path, root: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir() and folder == root:
                yield from _marks(Path(entry.path), root)
            elif entry.name.endswith(_FILES) and entry.is_file():
                stat = entry.stat()
                yield os.path.relpath(entry.path, root), stat.st_size, stat.st_mtime_ns
