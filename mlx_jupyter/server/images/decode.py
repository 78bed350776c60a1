"""From the bytes of an image file to pixels that a model can take. Pure, for any thread.

What a file says of itself is checked before anything is decoded: its format, by its content and
not by its name or media type, and its size. 20,000 x 20,000 pixels fit into a PNG of 1 MB and take
1.2 GB once decoded.
"""

from __future__ import annotations

import functools
import re
import struct
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from io import BytesIO
from threading import Lock
from typing import Any

from PIL import ExifTags, Image, UnidentifiedImageError

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.messages import Picture

__all__ = ["MAX_PIXELS", "decode"]

MAX_PIXELS = 2**25
"""Of one file: 5792 x 5792. Decoding takes 20 bytes a pixel at most (WebP with transparency)."""
PHOTO_FACTOR = 2
"""A JPEG, which decodes at a fraction of its size, may have more: phones take 48 megapixels."""
LARGE_PIXELS = 2**24
"""Images of more are decoded one at a time."""
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
"""Raster images of people. Not among them are those for which Pillow runs other programs (EPS)."""
_WHITE = (255, 255, 255)
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
_DEEP = ("I", "F", "I;16", "I;16B", "I;16L", "I;16N")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_DAMAGE = (
    *(ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, SyntaxError, TypeError, ValueError, struct.error),
)
"""What Pillow's readers raise on damaged files; `RuntimeError` is AVIF's."""
_one_large = Lock()
_WORDS = re.compile(r"[A-Za-z]{2}[\w ,-]*")

# Pillow's own limit warns on stderr and then raises; ours comes first, and says it to the client.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


def decode(
    data: bytes, max_side: int, admit: Callable[[int], None] = lambda pixels: None
) -> tuple[Picture, tuple[int, int]]:
    """The picture, at most `max_side` pixels on each side, and (width, height) as it came.

    Orientation by EXIF is applied, transparency is flattened on white, of an animation the first
    frame is taken, 16 bits become 8. `admit` is called with the number of pixels before they are
    decoded, and may raise. Raises `ImageInvalid`; its message ends a sentence about the image.
    """
    if not data:
        raise ImageInvalid("it is empty")
    try:
        with Image.open(BytesIO(data), formats=_formats()) as image:
            width, height = image.size
            _check_size(width, height, image.format)
            admit(width * height)
            with _one_large if width * height > LARGE_PIXELS else nullcontext():
                return _decoded(image, max_side)
    except UnidentifiedImageError:
        raise ImageInvalid(_unknown(data)) from None
    except Image.DecompressionBombError:
        raise ImageInvalid(_too_large("more", MAX_PIXELS)) from None
    except _DAMAGE as error:
        raise ImageInvalid(_damaged(error)) from None


def _decoded(image: Image.Image, max_side: int) -> tuple[Picture, tuple[int, int]]:
    width, height = image.size
    image.draft(None, (max_side, max_side))  # a JPEG may decode at 1/2, 1/4, 1/8
    image.load()
    drafted = image.size
    upright = _upright(image)
    was = (width, height) if upright.size == drafted else (height, width)
    picture = _bounded(_rgb(upright), was, max_side)
    return Picture(0, picture.width, picture.height, picture.tobytes()), was


@functools.cache
def _formats() -> tuple[str, ...]:
    """Those that this build of Pillow has."""
    Image.init()
    return tuple(name for name in _FORMATS if name in Image.OPEN)


def _check_size(width: int, height: int, kind: str | None) -> None:
    most = MAX_PIXELS * (PHOTO_FACTOR if kind in ("JPEG", "MPO") else 1)
    if width * height > most:
        raise ImageInvalid(_too_large(f"{width} x {height} pixels, more", most))


def _too_large(size: str, most: int) -> str:
    return f"it has {size} than {most // 10**6} megapixels"


def _upright(image: Image.Image) -> Image.Image:
    """`ImageOps.exif_transpose` writes the rest of the EXIF anew, and fails where that is odd."""
    method = _UPRIGHT.get(image.getexif().get(ExifTags.Base.Orientation, 1))
    return image if method is None else image.transpose(method)


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode in _DEEP:
        return _shallow(image).convert("RGB")
    if image.mode not in _TRANSPARENT and "transparency" not in image.info:
        # Converting to what it is makes a copy, for 12 megapixels 15 ms with the interpreter held.
        return image if image.mode == "RGB" else image.convert("RGB")
    image = image.convert("RGBA")
    ground = Image.new("RGB", image.size, _WHITE)
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _shallow(image: Image.Image) -> Image.Image:
    """8 bits: of 16, of floats from 0 to 1, and of anything else by its own largest value."""
    wide = image.convert("F")
    extrema: Any = wide.getextrema()
    high = float(extrema[1])
    usual = (1.0, 255.0) if image.mode == "F" else (65535.0,)
    most = next((one for one in usual if high <= one), high)
    return wide.point(lambda value: value * (255.0 / most) + 0.0).convert("L")


def _bounded(image: Image.Image, was: tuple[int, int], max_side: int) -> Image.Image:
    """In proportion to what it was: a draft of it has rounded sides."""
    longer = max(was)
    if longer <= max_side:
        return image
    width, height = (max(1, round(side * max_side / longer)) for side in was)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _unknown(data: bytes) -> str:
    head = data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith(b"<svg") or (head.startswith(b"<?xml") and b"<svg" in data[:4096].lower()):
        return "it is an SVG, which is a drawing and has no pixels: send it as a PNG"
    if head.startswith((b"<!doctype html", b"<html")):
        return "it is a page of HTML"
    return "it is not a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF image"


def _damaged(error: Exception) -> str:
    """In Pillow's words as far as they are its own: after them it may quote the file."""
    said = _WORDS.match(str(error))
    return f"it is damaged ({said[0].strip()})" if said else "it is damaged"
