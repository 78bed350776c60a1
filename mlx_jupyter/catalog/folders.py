"""Checkpoints in plain folders: below `model_dirs`, at configured paths, and the demos."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from mlx_jupyter.catalog.place import MAX_DEPTH, Place, has_weights, is_meant_as_model, path_parts

__all__ = ["ModelDir", "NamedFolders"]


class ModelDir:
    """One of `model_dirs`. An id is the checkpoint's path relative to it.

    A link inside may lead anywhere, since who may write here says where; an id may not leave.
    A folder that is a checkpoint itself has its own name for an id.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, model_id: str) -> Place | None:
        if model_id == self._root.name and has_weights(self._root):
            return Place(model_id, self._root)
        folder = self.folder(model_id)
        return Place(model_id, folder) if folder and is_meant_as_model(folder) else None

    def folder(self, model_id: str) -> Path | None:
        parts = path_parts(model_id, MAX_DEPTH)
        folder = self._root.joinpath(*parts) if parts else None
        return folder if folder and folder.is_dir() else None

    def places(self) -> Iterator[Place]:
        """Every checkpoint to a depth of `MAX_DEPTH`, sorted; nothing is looked for inside one."""
        if has_weights(self._root):
            yield Place(self._root.name, self._root)
        else:
            yield from self._below(self._root, ())

    def _below(self, folder: Path, parts: tuple[str, ...]) -> Iterator[Place]:
        for name in _subfolders(folder):
            child, path = folder / name, (*parts, name)
            if has_weights(child):
                yield Place("/".join(path), child)
            elif len(path) < MAX_DEPTH:
                yield from self._below(child, path)


def _subfolders(folder: Path) -> list[str]:
    """Names of the folders in a folder, sorted, without hidden ones; none if it cannot be read.

    A folder with a model_index.json is a diffusion pipeline: the folders in it are its parts.
    """
    try:
        with os.scandir(folder) as entries:
            found = {entry.name: entry.is_dir() for entry in entries}
    except OSError:
        return []
    if "model_index.json" in found:
        return []
    names = sorted(name for name, is_folder in found.items() if is_folder)
    return [name for name in names if not name.startswith(".") and path_parts(name, 1)]


class NamedFolders:
    """Folders whose ids were given: the demo models by name, configured checkpoints by path."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = dict(folders)

    @classmethod
    def at_paths(cls, ids: Collection[str]) -> NamedFolders:
        """Those of the `ids` that are absolute paths."""
        return cls({model_id: Path(model_id) for model_id in ids if os.path.isabs(model_id)})

    def add(self, path: str) -> None:
        """An absolute path that is an id from now on."""
        self._folders = {**self._folders, path: Path(path)}

    def folder(self, model_id: str) -> Path | None:
        return self._folders.get(model_id)

    def find(self, model_id: str) -> Place | None:
        folder = self._folders.get(model_id)
        return Place(model_id, folder) if folder and is_meant_as_model(folder) else None

    def places(self) -> Iterator[Place]:
        for model_id, folder in sorted(self._folders.items()):
            if has_weights(folder):
                yield Place(model_id, folder)
