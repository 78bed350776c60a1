"""Reading a checkpoint's JSON files, with errors that name the file and say what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog.place import lacking
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["MAX_CONFIG_BYTES", "read_bounded", "read_object", "read_object_if_present"]

MAX_CONFIG_BYTES = 16 * 2**20
"""Far above any config: Gemma 3's `tokenizer_config.json`, a long one, has about 1.2 MB."""

_AGAIN = "Download or convert the model again."


def read_bounded(path: Path, limit_bytes: int) -> bytes:
    """The file's bytes.

    Raises `CheckpointInvalid` for a file that is missing, unreadable or above `limit_bytes`; a
    link to a file that is not there is a download that did not end.
    """
    try:
        size_bytes = path.stat().st_size
        if size_bytes > limit_bytes:
            raise CheckpointInvalid(
                f"{path} has {size_bytes:,} bytes, more than the {limit_bytes:,} that are read of "
                f"such a file: it is something else. {_AGAIN}"
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise lacking(path.parent)(_missing(path)) from None
    except OSError as error:
        raise CheckpointInvalid(
            f"{path} cannot be read: {error.strerror}. Check the file and its permissions."
        ) from None


def _missing(path: Path) -> str:
    if path.is_symlink():
        return (
            f"The checkpoint in {path.parent} is incomplete: {path.name} links to a file that is "
            "not there, as after an interrupted download. Download the model again."
        )
    if path.parent.parent.name == "snapshots":
        return (
            f"The snapshot in {path.parent} is incomplete: it has no {path.name}. Wait for the "
            "download to end, or download the model again."
        )
    return f"The checkpoint in {path.parent} has no {path.name}. {_AGAIN}"


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in the file, as Python's `json` reads it (`Infinity` is in real configs).

    Raises `CheckpointInvalid` naming the file, and the place in it where it stops being JSON.
    """
    data = read_bounded(path, MAX_CONFIG_BYTES)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CheckpointInvalid(f"{path} is not valid JSON: {error}. {_AGAIN}") from None
    if not isinstance(value, dict):
        raise CheckpointInvalid(
            f"{path} holds a JSON {type(value).__name__} where an object is expected. {_AGAIN}"
        )
    return value


def read_object_if_present(path: Path) -> dict[str, Any]:
    """`read_object`, with an empty object for a file that is not there.

    A dangling link is not an absent file: it raises like a damaged one.
    """
    if not path.exists() and not path.is_symlink():
        return {}
    return read_object(path)
