"""The event that tells one more piece of text, all but the text encoded once.

A stream has one a token, and only the text is new in it: 0.2 microseconds instead of 3.2.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from mlx_jupyter.wire.sse import data

__all__ = ["TextChunk"]

MARK = "\0"
_encoder = msgspec.json.Encoder()


class TextChunk:
    """`chunk` makes the payload for a text, which stands in it once."""

    def __init__(self, chunk: Callable[[str], object]) -> None:
        self._head, self._tail = data(chunk(MARK)).split(_encoder.encode(MARK))

    def event(self, text: str) -> bytes:
        """As `data(chunk(text))`."""
        return b"".join((self._head, _encoder.encode(text), self._tail))
