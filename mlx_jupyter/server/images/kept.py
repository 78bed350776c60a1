"""Decoded pictures that are kept for the next question about them."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from mlx_jupyter.messages import Picture

__all__ = ["KEPT_BYTES", "Kept", "KeptPictures"]

KEPT_BYTES = 128 * 2**20
"""Ten pictures of 2048 x 2048."""
Key = tuple[bytes, int]
Kept = tuple[Picture, tuple[int, int]]


class KeptPictures:
    """By the hash of the file and the bound of its sides; the one not used for longest goes first.
    For any thread. What it takes is on the pool's ledger: it lives on what models leave over."""

    def __init__(self, most_bytes: int = KEPT_BYTES) -> None:
        self._most_bytes = most_bytes
        self._room_bytes = most_bytes
        self._lock = Lock()
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self.used_bytes = 0

    def get(self, key: Key) -> Kept | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Key, kept: Kept) -> None:
        """What alone takes more than there is room for is not kept, and drives nothing out."""
        size_bytes = len(kept[0].rgb)
        with self._lock:
            if key not in self._kept and size_bytes <= self._room_bytes:
                self._kept[key] = kept
                self.used_bytes += size_bytes
                self._shrink(self._room_bytes)

    def fit(self, free_bytes: int) -> None:
        """Take no more than this; from now on, too."""
        with self._lock:
            self._room_bytes = max(0, min(self._most_bytes, free_bytes))
            self._shrink(self._room_bytes)

    def shed(self) -> None:
        """Give all of it back."""
        with self._lock:
            self._shrink(0)

    def _shrink(self, down_to_bytes: int) -> None:
        while self._kept and self.used_bytes > down_to_bytes:
            _, (picture, _) = self._kept.popitem(last=False)
            self.used_bytes -= len(picture.rgb)
