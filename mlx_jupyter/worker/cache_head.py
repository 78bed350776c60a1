"""What a kept prompt's file says of itself, so that its arrays need not be read to find it."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np

from mlx_jupyter.worker.prefixes import Tokens

__all__ = ["metadata", "read_tokens", "written"]

MOST_HEADER_BYTES = 16 * 2**20


def written(tokens: Tokens) -> str:
    return base64.b64encode(tokens.astype("<i4").tobytes()).decode()


def read_tokens(text: str) -> Tokens:
    return np.frombuffer(base64.b64decode(text, validate=True), "<i4").astype(np.int32)


def metadata(path: Path) -> dict[str, str]:
    """What a safetensors file says of itself, without its arrays."""
    with path.open("rb") as file:
        size_bytes = int.from_bytes(file.read(8), "little")
        if size_bytes > MOST_HEADER_BYTES:
            raise ValueError(f"a header of {size_bytes} bytes")
        words = json.loads(file.read(size_bytes))["__metadata__"]
    if not isinstance(words, dict):
        raise TypeError(f"metadata: {type(words).__name__}")
    return words
