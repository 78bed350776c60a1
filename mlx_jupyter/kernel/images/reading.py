"""What Pillow says while it reads a picture, as errors of ours."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, UnidentifiedImageError

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images.limits import MAX_PIXELS, check_bytes, check_pixels

__all__ = ["opened", "reading"]

_FORMATS = (
    *("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"),
    *("PPM", "ICO", "AVIF", "HEIF", "JPEG2000", "MPO"),
)
"""What is opened, as far as Pillow here can (HEIF: with pillow-heif). Never EPS, for one, which
Pillow hands to a Ghostscript that it finds."""

_BROKEN = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError),
    *(struct.error, zlib.error, AssertionError, AttributeError),
)
"""What Pillow's readers raise for files that are not what they claim to be, or were closed."""


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turns what goes wrong with the picture `name` into ImageInvalid, and drops Pillow's warnings:
    its own bound on pixels is not ours."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Image.DecompressionBombError:
        message = f"{name} has too many pixels; at most {MAX_PIXELS:,} are taken."
        raise ImageInvalid(message) from None
    except UnidentifiedImageError:
        message = (
            f"{name} is no picture that can be read here: PNG, JPEG, GIF, WebP, TIFF, BMP can."
        )
        raise ImageInvalid(message) from None
    except _BROKEN as error:
        raise ImageInvalid(f"{name} cannot be read as a picture: {error}.") from error


def opened(data: bytes, name: str) -> Image.Image:
    """The picture in `data`, of which only the head has been read, if it is not too large."""
    check_bytes(len(data), name)
    with reading(name):
        Image.init()
        image = Image.open(BytesIO(data), formats=[it for it in _FORMATS if it in Image.OPEN])
    check_pixels(*image.size, name)
    return image
