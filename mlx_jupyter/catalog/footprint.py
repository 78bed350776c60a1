"""How many bytes a model will need, from the headers of its safetensors files.

A safetensors file is: 8 bytes, the header's length N (little endian) · N bytes of JSON, for every
tensor its name, dtype, shape and `data_offsets` [begin, end) · the tensors' bytes, which those
offsets count from. The footprint is the sum of `end - begin` over all tensors. Measured against
MLX's active memory after a load (mlx 0.32.4): equal to the byte for text and embedding models;
an upper bound for vision models, of which a loader may drop parts.

A name that is in two files counts once, as the loaders read: the later file replaces the earlier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from mlx_jupyter.catalog.place import lacking
from mlx_jupyter.errors import CheckpointInvalid

__all__ = [
    "Header",
    "float32_bytes",
    "footprint_bytes",
    "merged",
    "norm_bytes",
    "read_header",
    "tensor_bytes",
    "weight_files",
]

MAX_HEADER_BYTES = 100_000_000
"""The format's own limit: its reference reader refuses a longer header."""

_LENGTH_BYTES = 8
_DTYPE_BYTES = {"F32": 4, "BF16": 2, "F16": 2}
_HALVES = ("BF16", "F16")
_LFS_MARK = b"version https://git-lfs.github.com"
_AGAIN = "Download the model again."
_NOT_WEIGHTS = ("adapter", "consolidated")


class _Entry(msgspec.Struct):
    """A tensor in the header; `__metadata__`, which has no offsets, reads as an empty one."""

    data_offsets: tuple[int, int] = (0, 0)
    dtype: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """A weight file as its header describes it: bytes by tensor name, the size it must have, the
    dtype of its norms, which are never quantised, and the names of its tensors of 16-bit floats."""

    tensor_bytes: dict[str, int]
    file_bytes: int
    norm_dtype: str | None = None
    halves: frozenset[str] = frozenset()


def weight_files(folder: Path) -> list[Path]:
    """The files that the loaders read, in their order: `model*.safetensors`, or where there is none
    every `*.safetensors` that is not an adapter or a second copy of the weights."""
    files = sorted(folder.glob("*.safetensors"))
    return [file for file in files if file.name.startswith("model")] or [
        file for file in files if not file.name.startswith(_NOT_WEIGHTS)
    ]


def footprint_bytes(folder: Path) -> int:
    """The bytes that the weights in `folder` take once loaded; 0 for a folder without weights.

    Raises `CheckpointInvalid` for a file whose header cannot be read.
    """
    return sum(tensor_bytes(weight_files(folder)).values())


def tensor_bytes(files: Iterable[Path]) -> dict[str, int]:
    """Bytes by tensor name over all `files`. Raises like `read_header`."""
    return merged(map(read_header, files))


def merged(headers: Iterable[Header]) -> dict[str, int]:
    """Bytes by tensor name over all files."""
    sizes: dict[str, int] = {}
    for header in headers:
        sizes.update(header.tensor_bytes)
    return sizes


def float32_bytes(headers: Sequence[Header]) -> int:
    """The footprint once the 16-bit floats among the tensors have been made 32-bit ones."""
    halves = frozenset[str]().union(*(header.halves for header in headers))
    sizes = merged(headers)
    return sum(sizes.values()) + sum(sizes[name] for name in halves)


def norm_bytes(headers: Iterable[Header]) -> int | None:
    """The size of a number that the model computes in, as its norms are kept: keys and values have
    the same. None where no file has a norm."""
    dtypes = (header.norm_dtype for header in headers if header.norm_dtype is not None)
    return _DTYPE_BYTES.get(next(dtypes, ""))


def read_header(file: Path) -> Header:
    """The header of a safetensors file; reads only that, whatever the size of the file.

    Raises `CheckpointInvalid` naming the file and what it holds instead. A file that is shorter
    than its header says is not an error here: `preflight` compares the two.
    """
    try:
        with file.open("rb") as stream:
            start = stream.read(_LENGTH_BYTES)
            length = _header_length(file, start, file.stat().st_size)
            text = stream.read(length)
    except FileNotFoundError:
        raise lacking(file.parent)(
            f"The checkpoint in {file.parent} is incomplete: {file.name} links to a file that is "
            f"not there, as after an interrupted download. {_AGAIN}"
        ) from None
    except OSError as error:
        raise CheckpointInvalid(
            f"{file} cannot be read: {error.strerror}. Check the file and its permissions."
        ) from None
    return _parsed(file, text)


def _header_length(file: Path, start: bytes, size_bytes: int) -> int:
    if _LFS_MARK.startswith(start) and start:
        raise CheckpointInvalid(
            f"{file} is a Git LFS pointer of {size_bytes:,} bytes, not the weights themselves. "
            "Run `git lfs pull` in its folder, or download the model with the hub's own client."
        )
    if len(start) < _LENGTH_BYTES:
        raise CheckpointInvalid(
            f"{file} has {size_bytes:,} bytes: the download did not end. {_AGAIN}"
        )
    length = int.from_bytes(start, "little")
    if length > MAX_HEADER_BYTES:
        raise CheckpointInvalid(
            f"{file} is not a safetensors file: its header would have {length:,} bytes. {_AGAIN}"
        )
    if _LENGTH_BYTES + length > size_bytes:
        raise CheckpointInvalid(
            f"{file} is truncated: its header alone has {length:,} bytes, and the file "
            f"{size_bytes:,}. {_AGAIN}"
        )
    return length


def _parsed(file: Path, text: bytes) -> Header:
    try:
        found = msgspec.json.decode(text, type=dict[str, _Entry | None])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CheckpointInvalid(
            f"{file} is not a safetensors file: its header is malformed ({error}). {_AGAIN}"
        ) from None
    found.pop("__metadata__", None)  # `null` where MLX has nothing to say there
    entries = {name: entry for name, entry in found.items() if entry is not None}
    for name, entry in entries.items():
        begin, end = entry.data_offsets
        if not 0 <= begin <= end:
            raise CheckpointInvalid(
                f"{file} is not a safetensors file: its header places tensor {name!r} at bytes "
                f"{begin:,} to {end:,}. {_AGAIN}"
            )
    data_bytes = max((entry.data_offsets[1] for entry in entries.values()), default=0)
    return Header(
        tensor_bytes={
            name: entry.data_offsets[1] - entry.data_offsets[0] for name, entry in entries.items()
        },
        file_bytes=_LENGTH_BYTES + len(text) + data_bytes,
        norm_dtype=next(
            (entry.dtype for name, entry in entries.items() if name.endswith("norm.weight")), None
        ),
        halves=frozenset(name for name, entry in entries.items() if entry.dtype in _HALVES),
    )
