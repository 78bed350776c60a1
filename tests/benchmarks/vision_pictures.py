"""Pictures like photos, other pixels for each seed, and one that is a bomb."""

from __future__ import annotations

import base64
import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image

__all__ = ["bomb", "data_url", "drawing", "marked", "photo", "small"]

CELLS = (3, 11, 41, 157)
"""Of the layers of a picture, from its large shapes to its small ones, across its longer side."""
GRAIN = 13
"""Up to so much noise on each value: with it a JPEG of 12 megapixels has about 4 MB, as a camera's.
"""
JPEG_QUALITY = 88
BOMB_SIDE = 20_000
Size = tuple[int, int]


def photo(seed: int, size: Size) -> bytes:
    """A JPEG of `size`, (width, height)."""
    pixels = np.asarray(_shapes(seed, size), dtype=np.int16)
    grain = np.random.default_rng(seed).integers(-GRAIN, GRAIN + 1, pixels.shape[:2], np.int16)
    image = Image.fromarray(np.clip(pixels + grain[..., None], 0, 255).astype(np.uint8))
    return _file(image, "JPEG", quality=JPEG_QUALITY)


def drawing(seed: int, size: Size) -> bytes:
    """A PNG in flat colours, as a screenshot is: a photo of 12 megapixels would have 25 MB."""
    flat = _shapes(seed, size).point(lambda value: value & 0xF0)
    return _file(flat, "PNG", compress_level=3)


def small(seed: int, side: int) -> bytes:
    """A PNG of pure noise, `side * side * 3` bytes that do not shrink."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), np.uint8)
    return _file(Image.fromarray(pixels), "PNG", compress_level=0)


def marked(jpeg_or_png: bytes, mark: int) -> bytes:
    """The same picture in a file of another hash: what is remembered by files is not remembered."""
    return jpeg_or_png + mark.to_bytes(8, "big")


def bomb() -> bytes:
    """A PNG of about 1 MB with 20,000 x 20,000 black pixels: 1.2 GB once decoded."""
    packer = zlib.compressobj(9)
    row = bytes(1 + 3 * BOMB_SIDE)
    packed = b"".join(packer.compress(row) for _ in range(BOMB_SIDE)) + packer.flush()
    header = struct.pack(">IIBBBBB", BOMB_SIDE, BOMB_SIDE, 8, 2, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def data_url(file: bytes) -> str:
    kind = "png" if file.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(file).decode()}"


def _shapes(seed: int, size: Size) -> Image.Image:
    """Smooth noise, each layer finer than the one before and half as strong."""
    random = np.random.default_rng([seed, 1])
    image = Image.new("RGB", size)
    for place, cells in enumerate(CELLS):
        grid = [max(2, round(cells * side / max(size))) for side in reversed(size)]
        noise = Image.fromarray(random.integers(0, 256, (*grid, 3), np.uint8))
        layer = noise.resize(size, Image.Resampling.BICUBIC)
        image = Image.blend(image, layer, 0.5**place)
    return image


def _file(image: Image.Image, kind: str, **options: int) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
