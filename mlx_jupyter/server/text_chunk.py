"""The event that tells one more piece of a choice's text, all but the text encoded once.

A stream has one a token, and only the text is new in it: 0.2 microseconds instead of 3.2.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from mlx_jupyter.wire.sse import data

__all__ = ["TextChunks"]

MARK = "\0"
_encoder = msgspec.json.Encoder()


class TextChunks:
    """`chunk` makes the payload for the index of a choice and a text, which stands in it once."""

    def __init__(self, chunk: Callable[[int, str], object]) -> None:
        self._chunk = chunk
        self._ends: dict[int, tuple[bytes, bytes]] = {}

    def event(self, index: int, text: str) -> bytes:
        """As `data(chunk(index, text))`."""
        ends = self._ends.get(index)
        if ends is None:
            head, tail = data(self._chunk(index, MARK)).split(_encoder.encode(MARK))
            ends = self._ends[index] = (head, tail)
        return ends[0] + _encoder.encode(text) + ends[1]
