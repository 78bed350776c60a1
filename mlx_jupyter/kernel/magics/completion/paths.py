"""Paths that begin as typed, written so that the magics read them as one word."""

from __future__ import annotations

import os
from collections.abc import Iterator

from IPython.core.completer import SimpleCompletion

from mlx_jupyter.kernel.images.place import has_picture_suffix

__all__ = ["paths"]

_MOST = 500
"""Entries of a folder that are offered: a menu of more helps nobody."""


def paths(word: str, *, only_pictures: bool = False) -> list[SimpleCompletion]:
    """Folders first, then files; hidden ones only where a dot is typed. None for a URL."""
    quote = word[0] if word[:1] in ("'", '"') else ""
    typed = word[1:] if quote else word.replace("\\ ", " ")
    if "://" in typed:
        return []
    folder, start = os.path.split(typed)
    found: list[tuple[bool, str]] = []
    for entry in _entries(os.path.expanduser(folder) or "."):
        is_folder = entry.is_dir()
        is_hidden = entry.name.startswith(".") and not start
        wanted = is_folder or not only_pictures or has_picture_suffix(entry.name)
        if entry.name.startswith(start) and wanted and not is_hidden:
            found.append((not is_folder, entry.name))
    return [
        SimpleCompletion(_written(os.path.join(folder, name), quote, is_file), type="path")
        for is_file, name in sorted(found)[:_MOST]
    ]


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:
        return  # no such folder, or not ours to read: nothing to offer


def _written(path: str, quote: str, is_file: bool) -> str:
    if not is_file:
        path += "/"
    if quote:
        return f"{quote}{path}{quote if is_file else ''}"
    return path.replace(" ", "\\ ")
