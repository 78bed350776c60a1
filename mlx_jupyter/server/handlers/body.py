"""A request's body while it arrives."""

from __future__ import annotations

import mmap

from mlx_jupyter.errors import TooLarge
from mlx_jupyter.server.images.lifting import Lifted, lift

__all__ = ["MAX_BODY_BYTES", "Body"]

MAX_BODY_BYTES = 64 * 2**20
"""Ten photos of 12 megapixels have about 40 MB in base64."""
SMALL_BYTES = 2**18


class Body:
    """Large ones lie in pages of their own: they are never moved as they grow, a page that is not
    reached takes nothing, and all of it is given back to the system at once. As a `bytearray` one
    of 50 MB was copied for 14 ms, and what the C library kept of it was seen in the server's size.

    `expected_bytes` is what the client has announced, if it has.
    """

    def __init__(self, expected_bytes: int | None) -> None:
        small = expected_bytes is not None and expected_bytes <= SMALL_BYTES
        self._pages: bytearray | mmap.mmap
        self._pages = bytearray() if small else mmap.mmap(-1, MAX_BODY_BYTES)
        self._size = 0

    def add(self, chunk: bytes) -> None:
        """Raises `TooLarge`."""
        end = self._size + len(chunk)
        if end > MAX_BODY_BYTES:
            raise TooLarge(
                f"The body has more than {MAX_BODY_BYTES // 2**20} MiB. Send less at once."
            )
        if isinstance(self._pages, bytearray):
            self._pages += chunk
        else:
            self._pages[self._size : end] = chunk
        self._size = end

    def lifted(self) -> Lifted:
        return lift(self._pages, self._size)

    def view(self) -> memoryview:
        """It keeps the pages for as long as it lives itself."""
        return memoryview(self._pages)[: self._size]
