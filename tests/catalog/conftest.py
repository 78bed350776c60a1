"""Checkpoints to look at, and a Hugging Face cache made by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlx_jupyter.catalog import Checkpoint, Kind
from tests.models import TRAINED


@pytest.fixture
def good() -> Path:
    return TRAINED["llama"]


@pytest.fixture
def checkpoint() -> Callable[..., Checkpoint]:
    """A `Checkpoint` that claims nothing but its folder and kind, which is all a preflight uses."""

    def make(folder: Path, kind: Kind = "text") -> Checkpoint:
        return Checkpoint(
            id="acme/model",
            path=folder,
            kind=kind,
            why="",
            family="llama",
            context_length=None,
            size_bytes=0,
            revision=None,
            created=0,
        )

    return make


@pytest.fixture
def weights() -> Callable[..., None]:
    """Writes a safetensors file: sizes in bytes by tensor name; `metadata` goes into its header."""

    def write(file: Path, metadata: dict[str, str] | None = None, **sizes: int) -> None:
        header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
        offset = 0
        for name, size_bytes in sizes.items():
            offsets = [offset, offset + size_bytes]
            header[name] = {"dtype": "U8", "shape": [size_bytes], "data_offsets": offsets}
            offset += size_bytes
        text = json.dumps(header).encode()
        file.write_bytes(len(text).to_bytes(8, "little") + text + bytes(offset))

    return write
