"""Two models are told apart by what they have learnt, and by how they are computed with."""

from __future__ import annotations

import os
from pathlib import Path

from mlx_jupyter.catalog.digest import SAMPLE_BYTES, digest

SIZE = 4 * SAMPLE_BYTES


def checkpoint(folder: Path, weights: bytes) -> Path:
    """With the times that some package managers give to every file."""
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    for file in folder.iterdir():
        os.utime(file, ns=(1, 1))
    return folder


def test_the_same_files_have_the_same_digest_wherever_they_lie(tmp_path: Path) -> None:
    here, there = (checkpoint(tmp_path / name, bytes(SIZE)) for name in ("here", "there"))
    assert digest([here]) == digest([there])


def test_other_weights_of_the_same_size_and_time_have_another_one(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "one", bytes(SIZE))
    other = checkpoint(tmp_path / "other", bytes(SIZE // 2) + b"!" + bytes(SIZE // 2 - 1))
    assert digest([one]) != digest([other])


def test_how_it_is_computed_with_counts(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "one", b"weights")
    assert digest([one], True) != digest([one], False)


def test_an_adapter_counts(tmp_path: Path) -> None:
    one = checkpoint(tmp_path / "one", b"weights")
    adapter = checkpoint(tmp_path / "adapter", b"more")
    assert digest([one]) != digest([one, adapter])
