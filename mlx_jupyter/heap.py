"""What the C library keeps of freed memory, given back to the system."""

from __future__ import annotations

import ctypes

__all__ = ["trim"]


def trim() -> None:
    """On Linux glibc keeps freed arrays (measured after a load of 100 MB: 31 MB); elsewhere this
    does nothing."""
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # there is none in macOS, musl
    if malloc_trim is not None:
        malloc_trim(0)
