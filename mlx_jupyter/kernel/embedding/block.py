"""The array that a run fills, from bytes to NumPy.

NumPy is imported when it is first needed: loading the extension must not wait for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlx_jupyter.errors import RequestFailed

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

    Vectors = NDArray[float32]

__all__ = ["Block"]

_ITEM_BYTES = 4


class Block:
    """`count` vectors that come in any order; the first tells how long they are."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._array: Any = None

    def put(self, rows: Sequence[int], vectors: Sequence[bytes]) -> None:
        """Vectors as little-endian float32. Raises RequestFailed if they are not of one length."""
        import numpy  # noqa: PLC0415 - not before it is needed

        if self._array is None:
            self._array = numpy.empty((self._count, len(vectors[0]) // _ITEM_BYTES), numpy.float32)
        row_bytes = self._array.shape[1] * _ITEM_BYTES
        if any(len(vector) != row_bytes for vector in vectors):
            raise RequestFailed("The server's vectors are not all of one length.", status=502)
        numbers = numpy.frombuffer(b"".join(vectors), "<f4")
        self._array[list(rows)] = numbers.reshape(len(rows), -1)

    def spread(self, sources: Sequence[int]) -> Vectors:
        """The array whose row n is vector `sources[n]`, where each occurs; the block itself if they
        stand in order."""
        array: Vectors = self._array
        return array if len(sources) == self._count else array[list(sources)]
