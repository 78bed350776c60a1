"""Where a model id may lie: a folder, and the rules for ids that become paths."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from mlx_jupyter.errors import CheckpointIncomplete, CheckpointInvalid

__all__ = [
    "MAX_DEPTH",
    "Place",
    "Source",
    "has_weights",
    "is_meant_as_model",
    "lacking",
    "path_parts",
]

MAX_DEPTH = 3
"""How many folders below one of `model_dirs` a checkpoint may lie."""

_MAX_PART_BYTES = 255
_WEIGHTS = (".safetensors", ".safetensors.index.json")


class Place(NamedTuple):
    """A model id, the folder that it names, and the commit if the folder is a hub snapshot."""

    id: str
    folder: Path
    revision: str | None = None


class Source(Protocol):
    """Somewhere checkpoints lie. Both methods only look; an id that is not there is `None`."""

    def find(self, model_id: str) -> Place | None: ...

    def folder(self, model_id: str) -> Path | None:
        """The folder that the id leads to, whatever is in it."""

    def places(self) -> Iterator[Place]: ...


def path_parts(text: str, at_most: int) -> tuple[str, ...] | None:
    """The parts of a relative path, `None` for a text that is not plainly one.

    Plain means: parts divided by single `/`, none of them empty, `.`, `..` or longer than a file
    name can be, no backslash and nothing unprintable. So a path joined from them stays below the
    folder that it is joined to.
    """
    parts = tuple(text.split("/"))
    return parts if len(parts) <= at_most and all(map(_is_plain, parts)) else None


def _is_plain(part: str) -> bool:
    return (
        part not in ("", ".", "..")
        and "\\" not in part
        and part.isprintable()
        and len(part.encode("utf-8", errors="replace")) <= _MAX_PART_BYTES
    )


def lacking(folder: Path) -> type[CheckpointInvalid]:
    """The error for what is missing in a folder: in a snapshot of the hub it may yet be fetched."""
    return CheckpointIncomplete if folder.parent.name == "snapshots" else CheckpointInvalid


def has_weights(folder: Path) -> bool:
    """Whether a folder has weight files, or a list of them, and is no adapter for another model.

    A link to a file that is not there counts: it is part of a download that did not end.
    """
    names = _names(folder)
    is_adapter = "config.json" not in names and any(name.startswith("adapter") for name in names)
    return not is_adapter and any(name.endswith(_WEIGHTS) for name in names)


def is_meant_as_model(folder: Path) -> bool:
    """Whether an id that leads to this folder means it: it has weights, or at least a config.

    Wider than `has_weights`: who names a model whose weights are missing is told just that.
    """
    return "config.json" in _names(folder) or has_weights(folder)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
