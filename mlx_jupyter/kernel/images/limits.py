"""How large a picture may be, before and after it is made ready.

The server has bounds of its own. These keep a photo from travelling larger than any model sees it,
and a small file that unpacks to gigabytes from taking the kernel down.
"""

from __future__ import annotations

from mlx_jupyter.errors import ImageInvalid

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "MAX_SIDE_PIXELS",
    "THUMBNAIL_SIDE_PIXELS",
    "check_bytes",
    "check_pixels",
]

MAX_SIDE_PIXELS = 2048
MAX_PIXELS = 2**26
MAX_FILE_BYTES = 64 * 2**20
THUMBNAIL_SIDE_PIXELS = 128


def check_bytes(count: int, name: str) -> None:
    """Raises ImageInvalid for a file of too many bytes."""
    if count > MAX_FILE_BYTES:
        raise ImageInvalid(
            f"{name} has {count / 2**20:.1f} MiB; at most {MAX_FILE_BYTES // 2**20} are taken."
        )


def check_pixels(width: int, height: int, name: str) -> None:
    """Raises ImageInvalid for a picture of no pixels or of too many."""
    if width * height == 0:
        raise ImageInvalid(f"{name} has no pixels: its size is {width}×{height}.")
    if width * height > MAX_PIXELS:
        raise ImageInvalid(
            f"{name} has {width}×{height} pixels; at most {MAX_PIXELS:,} in all are taken:"
            " make it smaller first."
        )
