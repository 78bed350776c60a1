"""Tells one state of a checkpoint's files from another, so that what was made with it can be kept
until they change."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Marks", "fingerprint", "marks_of"]

Marks = tuple[tuple[str, int, int], ...]
_STEP_FILES = (".json", ".safetensors")
"""Of sentence-transformers' steps, each in a folder of its own (`1_Pooling`)."""
_BYTES = 16


def marks_of(folder: Path) -> Marks:
    """Name, size and time of every file: a file that grows or is overwritten changes these, and not
    the time of its folder. Empty for a folder that cannot be read."""
    try:
        return tuple(sorted(_marks(folder)))
    except OSError:
        return ()


def fingerprint(*folders: Path) -> str:
    """Of the files' marks: another one whenever one of them is written."""
    marks = [marks_of(folder) for folder in folders]
    return hashlib.blake2b(repr(marks).encode(), digest_size=_BYTES).hexdigest()


def _marks(folder: Path) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            yield _mark(entry)
            if entry.is_dir() and not entry.name.startswith("."):
                yield from _marks_of_step(entry)


def _marks_of_step(folder: os.DirEntry[str]) -> Iterator[tuple[str, int, int]]:
    with os.scandir(folder.path) as entries:
        for entry in entries:
            if entry.name.endswith(_STEP_FILES):
                name, size, time_ns = _mark(entry)
                yield f"{folder.name}/{name}", size, time_ns


def _mark(entry: os.DirEntry[str]) -> tuple[str, int, int]:
    try:
        stat = entry.stat()
    except FileNotFoundError:  # a link to a file that is not there
        stat = entry.stat(follow_symlinks=False)
    return entry.name, stat.st_size, stat.st_mtime_ns
