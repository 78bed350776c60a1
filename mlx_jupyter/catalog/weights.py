"""Are a checkpoint's weights all there, and whole? Reads headers and sizes, never the weights."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from mlx_jupyter.catalog.footprint import read_header, weight_files
from mlx_jupyter.catalog.json_file import read_bounded
from mlx_jupyter.catalog.place import lacking
from mlx_jupyter.errors import CheckpointInvalid

__all__ = ["INDEX_FILE", "check_weights"]

INDEX_FILE = "model.safetensors.index.json"
MAX_INDEX_BYTES = 64 * 2**20
"""Far above any index: that of a model with 90,000 tensors has about 9 MB."""

_SHARD = re.compile(r"(.*-)(\d{5})-of-(\d{5})\.safetensors")
_OTHER_FORMATS = (".bin", ".pt", ".pth", ".gguf", ".npz", ".h5", ".msgpack", ".onnx", ".ckpt")


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


def check_weights(folder: Path) -> None:
    """Raises `CheckpointInvalid` if weight files are missing, cut short, or something else."""
    files = weight_files(folder)
    _require_shards(folder, {file.name for file in files})
    if not files:
        raise lacking(folder)(_no_weights(folder))
    for file in files:
        header = read_header(file)
        size_bytes = file.stat().st_size
        if size_bytes < header.file_bytes:
            raise CheckpointInvalid(
                f"{file} is truncated: it has {size_bytes:,} of {header.file_bytes:,} bytes, as "
                "after an interrupted download. Download the model again."
            )
        if not header.tensor_bytes:
            raise CheckpointInvalid(f"{file} holds no tensors. Download the model again.")


def _require_shards(folder: Path, present: set[str]) -> None:
    """An index lists all shards; without one the shards' own names say how many there are."""
    listed = _listed_in_index(folder)
    source = INDEX_FILE if listed else "their own numbering"
    expected = listed or {name for file in present for name in _siblings(file)}
    missing = sorted(name for name in expected - present if not (folder / name).is_file())
    if missing:
        shown = ", ".join(missing[:3]) + (", ..." if len(missing) > 3 else "")
        raise lacking(folder)(
            f"The checkpoint in {folder} is incomplete: {len(missing)} of {len(expected)} weight "
            f"files, by {source}, are missing ({shown}). Wait for the download to end, or "
            "download the model again."
        )


def _listed_in_index(folder: Path) -> set[str]:
    index = folder / INDEX_FILE
    if not index.exists() and not index.is_symlink():
        return set()
    data = read_bounded(index, MAX_INDEX_BYTES)
    try:
        names = set(msgspec.json.decode(data, type=_Index).weight_map.values())
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CheckpointInvalid(
            f"{index} is not an index of weight files: {error}. Download the model again."
        ) from None
    for name in names:
        if name != Path(name).name:
            raise CheckpointInvalid(
                f"{index} lists the weight file {name!r}, which is not in the checkpoint's folder. "
                "Download the model again."
            )
    return names


def _siblings(name: str) -> list[str]:
    found = _SHARD.fullmatch(name)
    if found is None:
        return []
    stem, _, count = found.groups()
    return [f"{stem}{number:05d}-of-{count}.safetensors" for number in range(1, int(count) + 1)]


def _no_weights(folder: Path) -> str:
    others = sorted(file.name for file in folder.iterdir() if file.suffix in _OTHER_FORMATS)
    if others:
        return (
            f"The checkpoint in {folder} has no safetensors weights, only {', '.join(others[:3])}. "
            "MLX reads safetensors: look for an MLX conversion of the model, for example in "
            "mlx-community, or convert it."
        )
    if folder.parent.name == "snapshots":
        return (
            f"The snapshot in {folder} is incomplete: it has no weights (model*.safetensors). "
            "Wait for the download to end, or download the model again."
        )
    return (
        f"The checkpoint in {folder} has no weights (model*.safetensors). Download or convert the "
        "model again."
    )
