"""Vectors as OpenAI's JSON, a piece at a time."""

from __future__ import annotations

import asyncio
import binascii
import sys
from array import array
from collections.abc import Callable

import msgspec

from mlx_jupyter.messages import Vectors
from mlx_jupyter.wire.embeddings import Embedding, EmbeddingList, EmbeddingUsage

__all__ = ["VectorsWriter", "floats"]

AT_ONCE_BYTES = 32 * 1024
"""Of vectors that are written on Jupyter's loop; more is written in a thread."""


class VectorsWriter:
    """The answer of `v1/embeddings`: `head`, `rows` of each frame in order, and `tail`."""

    def __init__(self, model: str, *, base64: bool) -> None:
        self._model = model
        self._written: Callable[[memoryview], list[float] | str] = _base64 if base64 else floats
        self._rows = 0
        self.tokens = 0

    @property
    def head(self) -> bytes:
        return self._around()[0]

    @property
    def tail(self) -> bytes:
        return self._around()[1]

    async def rows(self, frame: Vectors) -> bytes:
        first, self._rows = self._rows, self._rows + frame.rows
        if len(frame.data) <= AT_ONCE_BYTES:
            return self._text(frame, first)
        return await asyncio.to_thread(self._text, frame, first)

    def _text(self, frame: Vectors, first: int) -> bytes:
        data, size = memoryview(frame.data), 4 * frame.width
        rows = (
            Embedding(first + at, self._written(data[at * size : (at + 1) * size]))
            for at in range(frame.rows)
        )
        text = b",".join(map(msgspec.json.encode, rows))
        return b"," + text if first else text

    def _around(self) -> tuple[bytes, bytes]:
        usage = EmbeddingUsage(self.tokens, self.tokens)
        empty = msgspec.json.encode(EmbeddingList([], self._model, usage))
        head, _, tail = empty.partition(b"[]")
        return head + b"[", b"]" + tail


def floats(data: bytes | memoryview) -> list[float]:
    """Of little-endian float32."""
    numbers = array("f", bytes(data))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tolist()


def _base64(data: memoryview) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
