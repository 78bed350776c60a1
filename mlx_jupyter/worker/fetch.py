"""A kept prompt's file on its way into memory, while others decode.

300 MB took 130 to 740 ms, and all streams of the model waited. So a thread without MLX has the
system read the file, which is what a disk takes its time for, and then the arrays are made in
pieces between the steps.
"""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from mlx_lm.models.cache import load_prompt_cache

from mlx_jupyter.worker.kv import KV, bytes_of, settle

__all__ = ["Fetch"]

PAGE_BYTES = 2**20


class Fetch:
    """`kv` is whole once it is `done`. Given up where it is not `wanted` any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kv: KV = []
        self.wanted = True
        self._left: KV = []
        self._pages = threading.Thread(target=_read_through, args=(path,), daemon=True)
        self._pages.start()

    @property
    def done(self) -> bool:
        return bool(self.kv) and not self._left

    def go_on(self, most_bytes: float) -> None:
        """Makes about so much of it; raises what MLX and mlx-lm make of a damaged file."""
        if self._pages.is_alive():
            return
        if not self.kv:
            self.kv = load_prompt_cache(str(self.path))
            self._left = list(self.kv)
        made_bytes = 0
        while self._left and made_bytes < most_bytes:
            layer = self._left.pop()
            settle([layer])
            made_bytes += bytes_of([layer])


def _read_through(path: Path) -> None:
    page = bytearray(PAGE_BYTES)
    with contextlib.suppress(OSError), path.open("rb", buffering=0) as file:
        while file.readinto(page):
            pass
