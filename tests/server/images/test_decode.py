"""Real files, made by Pillow or byte by byte, and what comes of them pixel by pixel."""

from __future__ import annotations

import random
import re
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import EpsImagePlugin, Image

from mlx_jupyter.errors import ImageInvalid, TooLarge
from mlx_jupyter.server.images import decode as module
from mlx_jupyter.server.images.decode import decode

Pixel = tuple[int, int, int]

SECRET = "hidden"
"""In what no message may repeat."""
NOT_AN_IMAGE = "it is not a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF image"
SVG = "it is an SVG, which is a drawing and has no pixels: send it as a PNG"
LANCZOS = Image.Resampling.LANCZOS


def file(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def noise(width: int, height: int, seed: int = 1) -> Image.Image:
    bytes_ = random.Random(seed).randbytes(width * height * 3)
    return Image.frombytes("RGB", (width, height), bytes_)


def row(mode: str, values: Sequence[Any]) -> Image.Image:
    image = Image.new(mode, (len(values), 1))
    for place, value in enumerate(values):
        image.putpixel((place, 0), value)
    return image


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(size: tuple[int, int], depth: int, colour: int, rows: bytes, *before: bytes) -> bytes:
    """`rows` with their filter bytes; `before` are chunks."""
    head = struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + b"".join(before) + body


def pixels(data: bytes, max_side: int = 4096) -> list[Pixel]:
    picture, _ = decode(data, max_side)
    assert len(picture.rgb) == picture.width * picture.height * 3
    rgb = iter(picture.rgb)
    return list(zip(rgb, rgb, rgb, strict=True))


def grays(*values: int) -> list[Pixel]:
    return [(value, value, value) for value in values]


def rgb_of(image: Image.Image) -> bytes:
    return image.convert("RGB").tobytes()


def refusal(data: bytes, max_side: int = 4096) -> str:
    with pytest.raises(ImageInvalid) as caught:
        decode(data, max_side)
    message = caught.value.message
    assert message.startswith("it ")
    assert message.isascii()
    assert message.isprintable()
    assert SECRET not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message


# Every mode


def test_16_bits_of_gray_become_8() -> None:
    ramp = row("I;16", [value * 257 for value in range(256)])
    assert pixels(file(ramp)) == grays(*range(256))
    assert pixels(file(ramp, "TIFF")) == grays(*range(256))
    assert pixels(b"P5 2 1 65535\n" + struct.pack(">2H", 257, 65535)) == grays(1, 255)


PALETTE = chunk(b"PLTE", bytes([10, 20, 30, 40, 50, 60]))
WHITE = (255, 255, 255)
OF_A_PNG: dict[str, tuple[bytes, list[Pixel]]] = {
    "1 bit": (png((4, 1), 1, 0, b"\0\x50"), grays(0, 255, 0, 255)),
    "2 bits": (png((4, 1), 2, 0, b"\0\x1b"), grays(0, 85, 170, 255)),
    "gray": (png((3, 1), 8, 0, bytes([0, 0, 7, 255])), grays(0, 7, 255)),
    "gray, one of it transparent": (
        png((2, 1), 8, 0, bytes([0, 0, 9]), chunk(b"tRNS", b"\0\0")),
        grays(255, 9),
    ),
    "gray with alpha": (
        png((4, 1), 8, 4, bytes([0, *(0, 255), *(0, 0), *(0, 51), *(100, 255)])),
        grays(0, 255, 204, 100),
    ),
    "gray with alpha, 16 bits": (
        png((2, 1), 16, 4, b"\0" + struct.pack(">4H", 0, 65535, 0, 0)),
        grays(0, 255),
    ),
    "colours": (png((2, 1), 8, 2, bytes([0, *(1, 2, 3), *(4, 5, 6)])), [(1, 2, 3), (4, 5, 6)]),
    "colours, another one transparent": (
        png((2, 1), 8, 2, bytes([0, *(1, 2, 3), *(4, 5, 6)]), chunk(b"tRNS", bytes(6))),
        [(1, 2, 3), (4, 5, 6)],
    ),
    "colours, one of them transparent": (
        png((2, 1), 8, 2, bytes([0, *(1, 2, 3), *(4, 5, 6)]), chunk(b"tRNS", b"\0\1\0\2\0\3")),
        [WHITE, (4, 5, 6)],
    ),
    "colours, 16 bits": (
        png((2, 1), 16, 2, b"\0" + struct.pack(">6H", 65535, 128 * 257, 0, 1000, 2000, 3000)),
        [(255, 128, 0), (3, 7, 11)],
    ),
    "colours with alpha": (
        png((3, 1), 8, 6, bytes([0, *(9, 8, 7, 255), *(9, 8, 7, 0), *(0, 100, 255, 51)])),
        [(9, 8, 7), WHITE, (204, 224, 255)],
    ),
    "colours with alpha, 16 bits": (
        png((2, 1), 16, 6, b"\0" + struct.pack(">8H", 0, 257, 65535, 65535, 0, 257, 65535, 0)),
        [(0, 1, 255), WHITE],
    ),
    "palette": (png((2, 1), 8, 3, b"\0\0\1", PALETTE), [(10, 20, 30), (40, 50, 60)]),
    "palette with transparency": (
        png((2, 1), 8, 3, b"\0\0\1", PALETTE, chunk(b"tRNS", b"\0")),
        [WHITE, (40, 50, 60)],
    ),
    "palette with half transparency": (
        png((2, 1), 8, 3, b"\0\0\1", PALETTE, chunk(b"tRNS", b"\x80\xff")),
        [(132, 137, 142), (40, 50, 60)],
    ),
    "palette of 1 bit": (png((2, 1), 1, 3, b"\0\x40", PALETTE), [(10, 20, 30), (40, 50, 60)]),
}


@pytest.mark.parametrize("kind", OF_A_PNG)
def test_every_kind_of_png_is_right_to_the_pixel(kind: str) -> None:
    data, expected = OF_A_PNG[kind]
    assert pixels(data) == expected


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("F", [0.0, 0.2, 1.0], (0, 51, 255)),
        ("F", [0.0, 7.0, 255.0], (0, 7, 255)),
        ("F", [-1.0, 1000.0, 5000.0], (0, 51, 255)),
        ("I", [-7, 257, 65535], (0, 1, 255)),
        ("I", [0, 40_000_000, 200_000_000], (0, 51, 255)),
        ("I;16B", [0, 257, 65535], (0, 1, 255)),
        ("F", [-3.0, -2.0, -1.0], (0, 0, 0)),
        ("I", [0, 0, 0], (0, 0, 0)),
    ],
)
def test_a_deep_tiff_is_shown_by_what_is_usual_or_by_its_largest(
    mode: str, values: list[Any], expected: tuple[int, ...]
) -> None:
    assert pixels(file(row(mode, values), "TIFF")) == grays(*expected)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "LAB", "RGBX"])
def test_other_modes_are_as_pillow_turns_them_into_colours(mode: str) -> None:
    image = noise(8, 6).convert("1" if mode == "1" else "RGB")
    if mode == "LAB":
        image = Image.merge("LAB", noise(8, 6).split())
    elif mode != "1":
        image = image.convert(mode)
    data = file(image, "TIFF")
    assert decode(data, 64)[0].rgb == rgb_of(Image.open(BytesIO(data)))


@pytest.mark.parametrize("mode", ["LA", "PA", "RGBA"])
def test_transparency_in_a_tiff_is_white(mode: str) -> None:
    assert pixels(file(Image.new("RGBA", (2, 1)).convert(mode), "TIFF")) == [WHITE, WHITE]


def test_a_jpeg_for_print_has_its_colours() -> None:
    inks = {(255, 0, 0, 0): (0, 255, 255), (0, 0, 0, 255): (0, 0, 0), (0, 0, 0, 0): WHITE}
    for ink, expected in inks.items():
        data = file(Image.new("CMYK", (8, 8), ink), "JPEG", quality=100)
        assert pixels(data) == [expected] * 64


# Every format

LOSSLESS: dict[str, tuple[str, dict[str, Any]]] = {
    "PNG": ("PNG", {}),
    "WebP": ("WEBP", {"lossless": True}),
    "BMP": ("BMP", {}),
    "PPM": ("PPM", {}),
    **{
        f"TIFF {name}": ("TIFF", {"compression": name})
        for name in ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate")
    },
}


@pytest.mark.parametrize("form", LOSSLESS)
def test_a_lossless_format_gives_every_pixel(form: str) -> None:
    image = noise(13, 7)
    name, options = LOSSLESS[form]
    picture, was = decode(file(image, name, **options), 64)
    assert (picture.id, picture.width, picture.height, picture.rgb) == (0, 13, 7, image.tobytes())
    assert was == (13, 7)


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "GIF", "AVIF"])
def test_another_format_gives_what_pillow_reads(form: str) -> None:
    data = file(noise(24, 16), form)
    assert decode(data, 64)[0].rgb == rgb_of(Image.open(BytesIO(data)))


def test_a_transparent_webp_or_gif_is_white() -> None:
    clear = Image.new("RGBA", (3, 2), (200, 0, 0, 0))
    assert pixels(file(clear, "WEBP", lossless=True)) == [WHITE] * 6
    assert pixels(file(clear, "GIF")) == [WHITE] * 6


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(form: str) -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "lime", "blue")]
    options = {"lossless": True} if form == "WEBP" else {}
    data = file(frames[0], form, save_all=True, append_images=frames[1:], **options)
    assert Image.open(BytesIO(data)).n_frames == 3
    assert pixels(data) == [(255, 0, 0)] * 16


def test_of_a_phones_jpeg_with_two_pictures_the_first_is_taken() -> None:
    first, second = noise(16, 16, 1), noise(16, 16, 2)
    data = file(first, "MPO", save_all=True, append_images=[second], quality=95)
    assert decode(data, 64)[0].rgb == rgb_of(Image.open(BytesIO(file(first, "JPEG", quality=95))))


def test_a_file_is_what_it_holds_in_every_thread() -> None:
    files = [file(noise(20, 20, seed), form) for seed in range(6) for form in ("PNG", "JPEG")] * 4
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(lambda data: decode(data, 10), files))
    assert taken == [decode(data, 10) for data in files]


# Orientation


def place_shown(orientation: int, x: int, y: int, width: int, height: int) -> tuple[int, int]:
    """Where the stored (x, y) is seen in a picture of `width` x `height` (EXIF 2.32, 4.6.4)."""
    right, bottom = width - 1, height - 1
    return [
        *[(x, y), (right - x, y), (right - x, bottom - y), (x, bottom - y)],
        *[(y, x), (right - y, x), (right - y, bottom - x), (y, bottom - x)],
    ][orientation - 1]


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    width, height = upright.size
    image = Image.new("RGB", upright.size if orientation < 5 else (height, width))
    for x in range(image.width):
        for y in range(image.height):
            shown = place_shown(orientation, x, y, width, height)
            image.putpixel((x, y), upright.getpixel(shown) or 0)
    return image


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "TIFF", "TIFF tiff_lzw", "WebP"])
def test_every_orientation_is_turned_upright(form: str, orientation: int) -> None:
    upright = noise(5, 3)
    name, options = LOSSLESS.get(form, ("TIFF", {}))
    data = file(stored(upright, orientation), name, exif=oriented(orientation), **options)
    picture, was = decode(data, 64)
    assert (picture.width, picture.height, picture.rgb) == (5, 3, upright.tobytes())
    assert was == (5, 3)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("max_side", [96, 24])
def test_every_orientation_of_a_jpeg_is_turned_upright(orientation: int, max_side: int) -> None:
    """At its own size, and drafted at a quarter of it."""
    colours = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0), (255, 255, 0), WHITE]
    small = Image.new("RGB", (3, 2))
    small.putdata(colours)
    upright = small.resize((96, 64), Image.Resampling.NEAREST)
    exif, turned = oriented(orientation), stored(upright, orientation)
    data = file(turned, "JPEG", exif=exif, quality=95, subsampling=0)
    picture, was = decode(data, max_side)
    assert was == (96, 64)
    assert (picture.width, picture.height) == (max_side, max_side * 2 // 3)
    shown = Image.frombytes("RGB", (picture.width, picture.height), picture.rgb)
    side = max_side // 3
    middles = [(x * side + side // 2, y * side + side // 2) for y in range(2) for x in range(3)]
    seen = [shown.getpixel(middle) for middle in middles]
    assert [tuple(round(part / 255) * 255 for part in pixel) for pixel in seen] == colours  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "entry",
    [
        struct.pack("<HHI4s", 0x02BC, 2, 4, b"2020"),  # Adobe's XMP, as a text
        struct.pack("<HHI4s", 0x010F, 11, 1, b"2020"),  # the maker, as a number
        struct.pack("<HHI4s", 0x011A, 7, 4, b"2020"),  # dots per inch, as bytes
    ],
)
def test_an_odd_exif_turns_a_photo_all_the_same(entry: bytes) -> None:
    """Pillow's `exif_transpose` writes it anew, and fails with `TypeError` and the like."""
    turned = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0" + turned + entry + bytes(4)
    assert decode(file(noise(40, 30), "JPEG", exif=exif), 64)[1] == (30, 40)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize("tail", [b"", b"garbage", b"II*\0\x08", b"II*\0\x08\0\0\0\xff\xff"])
def test_a_damaged_exif_does_no_harm(tail: bytes) -> None:
    assert decode(file(noise(40, 30), "JPEG", exif=b"Exif\0\0" + tail), 64)[1] == (40, 30)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_is_none_is_no_matter(orientation: int) -> None:
    image = noise(5, 3)
    assert decode(file(image, exif=oriented(orientation)), 64)[0].rgb == image.tobytes()


# Size


@pytest.mark.parametrize(("max_side", "size"), [(64, (64, 32)), (100, (100, 50)), (7, (7, 4))])
def test_what_is_larger_is_scaled_by_lanczos(max_side: int, size: tuple[int, int]) -> None:
    image = noise(200, 100)
    picture, was = decode(file(image), max_side)
    assert (picture.width, picture.height) == size
    assert picture.rgb == image.resize(size, LANCZOS).tobytes()
    assert was == (200, 100)


@pytest.mark.parametrize("size", [(64, 20), (20, 64), (64, 64), (63, 1)])
def test_what_just_fits_stays_untouched(size: tuple[int, int]) -> None:
    image = noise(*size)
    assert decode(file(image), 64) == (module.Picture(0, *size, image.tobytes()), size)
    jpeg = file(image, "JPEG")
    assert decode(jpeg, 64)[0].rgb == rgb_of(Image.open(BytesIO(jpeg)))


@pytest.mark.parametrize(
    ("size", "small"), [((20_000, 10), (512, 1)), ((10, 20_000), (1, 512)), ((513, 1), (512, 1))]
)
def test_a_side_never_vanishes(size: tuple[int, int], small: tuple[int, int]) -> None:
    picture, was = decode(file(Image.new("RGB", size, (9, 9, 9))), 512)
    assert (picture.width, picture.height) == small
    assert picture.rgb == bytes([9]) * (small[0] * small[1] * 3)
    assert was == size


def test_transparency_is_flattened_before_it_is_scaled() -> None:
    """Else what is behind it would show at its edges."""
    image = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (0, 0, 20, 40))
    assert set(pixels(file(image), 10)) == {WHITE}


def test_a_jpeg_is_decoded_at_a_fraction_of_its_size() -> None:
    data = file(noise(400, 320), "JPEG")
    drafted = Image.open(BytesIO(data))
    drafted.draft(None, (70, 70))
    assert drafted.size == (100, 80)
    picture, was = decode(data, 70)
    assert picture.rgb == drafted.resize((70, 56), LANCZOS).tobytes()
    assert was == (400, 320)


def test_a_jpeg_gets_the_size_that_its_png_would() -> None:
    chance = random.Random(1)
    for _ in range(60):
        image = Image.new("RGB", (chance.randint(60, 400), chance.randint(60, 400)))
        max_side = chance.randint(20, 60)
        jpeg, was = decode(file(image, "JPEG"), max_side)
        assert was == image.size
        scale = max_side / max(was)
        assert (jpeg.width, jpeg.height) == tuple(round(side * scale) for side in was)


# Limits


def test_the_limit_is_of_the_pixels_of_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 100)
    assert decode(file(noise(10, 10)), 64)[1] == (10, 10)
    assert decode(file(noise(100, 1)), 64)[1] == (100, 1)
    message = refusal(file(noise(101, 1)))
    assert message == "it has 101 x 1 pixels, more than 0 megapixels"


def test_the_limit_is_33_megapixels_and_67_for_a_jpeg() -> None:
    huge = png((8192, 4097), 1, 0, b"")
    assert refusal(huge) == "it has 8192 x 4097 pixels, more than 33 megapixels"
    within = png((8192, 4096), 1, 0, b"")
    assert refusal(within).startswith("it is damaged")
    _, was = decode(file(Image.new("L", (8192, 8192)), "JPEG"), 64)
    assert was == (8192, 8192)
    photo = refusal(file(Image.new("L", (8192, 8193)), "JPEG"))
    assert photo == "it has 8192 x 8193 pixels, more than 67 megapixels"


def test_large_ones_are_decoded_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGE_PIXELS", 100)
    large, small = file(noise(20, 20), "PNG"), file(noise(5, 5), "PNG")
    done: list[str] = []

    def run(data: bytes, name: str) -> threading.Thread:
        thread = threading.Thread(target=lambda: done.append(f"{name} {decode(data, 64)[1]}"))
        thread.start()
        return thread

    with module._one_large:
        waiting = run(large, "large")
        run(small, "small").join(10)
        assert done == ["small (5, 5)"]
    waiting.join(10)
    assert done == ["small (5, 5)", "large (20, 20)"]


PEAK = """
import resource, sys
from pathlib import Path
from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.server.images.decode import decode

unit = 1 if sys.platform == "darwin" else 1024

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

files = [Path(name).read_bytes() for name in sys.argv[1:]]
decode(files[0], 64)
before = peak()
for data in files[1:]:
    try:
        print(decode(data, 64))
    except ImageInvalid as error:
        print(error.message)
print(peak() - before)
"""


def huge_webp() -> bytes:
    """An animation with a canvas of 16384 x 16384, and frames of 8 x 8."""
    data = bytearray(file(noise(8, 8), "WEBP", save_all=True, append_images=[noise(8, 8, 2)]))
    canvas = data.index(b"VP8X") + 12
    data[canvas : canvas + 6] = (16383).to_bytes(3, "little") * 2
    return bytes(data)


def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path) -> None:
    blank = Image.new("1", (8200, 8200))
    bombs = {
        "png": png((20_000, 20_000), 1, 0, bytes(2501 * 20_000)),
        "gif": file(blank, "GIF"),
        "tiff": file(blank, "TIFF", compression="group4"),
        "webp": huge_webp(),
    }
    names = [tmp_path / name for name in ("small", *bombs)]
    for path, data in zip(names, [file(noise(8, 8), "WEBP"), *bombs.values()], strict=True):
        assert len(data) < 100_000
        path.write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *map(str, names)], check=True, capture_output=True, text=True
    )
    *said, growth_bytes = done.stdout.splitlines()
    small = "it has 8200 x 8200 pixels, more than 33 megapixels"
    assert said[1:3] == [small, small]
    assert {said[0], said[3]} <= {
        "it has more than 33 megapixels",
        "it has 20000 x 20000 pixels, more than 33 megapixels",
        "it has 16384 x 16384 pixels, more than 33 megapixels",
    }
    assert int(growth_bytes) < 5 * 2**20
    assert done.stderr == ""


def test_the_pixels_are_admitted_before_they_are_decoded() -> None:
    asked: list[int] = []

    def admit(pixels: int) -> None:
        asked.append(pixels)
        raise TooLarge("no")

    damaged = png((30, 20), 8, 2, b"nothing")
    assert refusal(damaged).startswith("it is damaged")
    with pytest.raises(TooLarge):
        decode(damaged, 64, admit)
    assert asked == [600]


def test_what_is_admitted_is_what_the_file_has_and_only_once() -> None:
    asked: list[int] = []
    decode(file(noise(400, 200), "JPEG"), 10, asked.append)
    assert asked == [400 * 200]


def test_what_is_too_large_or_no_image_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 10)
    asked: list[int] = []
    for data in (file(noise(4, 4)), b"", b"text", b"<svg/>"):
        with pytest.raises(ImageInvalid):
            decode(data, 64, asked.append)
    assert asked == []


# What is no image

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "it is empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><text>hidden</text></svg>", SVG),
        (b"\xef\xbb\xbf<SVG><text>hidden</text></SVG>", SVG),
        (b"\n\t <?xml version='1.0'?>\n<!-- hidden -->\n<svg/>", SVG),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!DOCTYPE svg><svg/>", SVG),
        (b"<?xml version='1.0'?><hidden/>", NOT_AN_IMAGE),
        (b"<!DOCTYPE html><title>hidden</title>", "it is a page of HTML"),
        (b"\r\n<html><body>hidden", "it is a page of HTML"),
        (POSTSCRIPT, NOT_AN_IMAGE),
        (b"\xc5\xd0\xd3\xc6" + struct.pack("<2I", 32, len(POSTSCRIPT)) + bytes(20), NOT_AN_IMAGE),
        (b"%PDF-1.7\n% hidden", NOT_AN_IMAGE),
        (b"hidden", NOT_AN_IMAGE),
        (b"\0" * 1000, NOT_AN_IMAGE),
        (b"PK\x03\x04hidden", NOT_AN_IMAGE),
    ],
)
def test_what_is_no_image_is_refused_in_words(data: bytes, expected: str) -> None:
    assert refusal(data) == expected


@pytest.mark.parametrize("form", ["ICO", "TGA", "PCX", "PDF", "EPS", "JPEG2000", "DDS"])
def test_an_image_of_another_format_is_refused(form: str) -> None:
    assert refusal(file(noise(8, 8), form)) == NOT_AN_IMAGE


def test_postscript_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = tmp_path / "ran"
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {ran}\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    assert refusal(POSTSCRIPT) == NOT_AN_IMAGE
    assert not ran.exists()
    with pytest.raises(OSError):
        Image.open(BytesIO(POSTSCRIPT)).load()
    assert ran.exists(), "Pillow itself would have"


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_file_that_was_cut_off_is_damaged(form: str, part: float) -> None:
    data = file(noise(40, 40), form)
    message = refusal(data[: int(len(data) * part)])
    assert message.startswith("it is damaged") or message == NOT_AN_IMAGE


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_photo_that_was_cut_off_is_said_to_be(form: str) -> None:
    data = file(noise(40, 40), form)
    assert refusal(data[: len(data) * 2 // 3]) == "it is damaged (image file is truncated)"


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "data",
    [
        *[b"P6 hidden 1 255\n", b"P6 1 1 hidden\n", b"P2 1 1 255\nhidden", b"P1 1 1\nhidden"],
        *[b"P2 1 1 255\n" + b"hidden" * 9, b"P6 " + b"hidden" * 9, b"P7\nhidden\n", b"Pf\nhidden"],
        png((1, 1), 8, 0, b"", b"\0\0\0\0hidden"),
        png((1, 1), 8, 0, b"", chunk(b"zTXt", b"hidden\0\x07hidden")),
        b"II*\0hidden",
        b"BM" + b"hidden" * 20,
    ],
)
def test_no_message_tells_what_is_in_the_file(data: bytes) -> None:
    message = refusal(data)
    assert "hid" not in message
    assert re.fullmatch(rf"it is damaged( \([\w ,-]+\))?|{NOT_AN_IMAGE}", message)


def valid_files() -> list[bytes]:
    image = noise(24, 16)
    others = [image.rotate(90)]
    exif = oriented(6)
    exif[0x010F], exif[0x011A] = "Maker", 72.0
    exif.get_ifd(0x8825)[2] = (1.0, 2.0, 3.0)
    return [
        *[file(image, form) for form in ("PNG", "JPEG", "GIF", "BMP", "TIFF", "PPM", "AVIF")],
        *[file(image, form, exif=exif) for form in ("PNG", "JPEG", "TIFF", "WEBP")],
        *[file(image, "TIFF", compression=name) for name in ("tiff_lzw", "jpeg", "packbits")],
        *[
            file(image, form, save_all=True, append_images=others)
            for form in ("GIF", "WEBP", "MPO")
        ],
        *[file(image.convert(mode), "TIFF") for mode in ("I;16", "F", "CMYK")],
        file(image.quantize(7), transparency=2),
    ]


@pytest.mark.filterwarnings("ignore")
def test_of_any_junk_comes_a_picture_or_the_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PIXELS", 2**14)
    chance, refused = random.Random(7), 0
    for data in valid_files():
        decode(data, 64)
        for _ in range(60):
            junk = bytearray(data)
            head = min(len(junk), chance.choice([32, 200, len(junk)]))
            for _ in range(chance.choice([1, 1, 2, 8])):
                junk[chance.randrange(head)] ^= 1 << chance.randrange(8)
            if chance.random() < 0.2:
                del junk[chance.randrange(len(junk)) :]
            refused += is_refused(bytes(junk))
    assert refused > 100


@pytest.mark.filterwarnings("ignore")
def test_of_random_bytes_comes_the_one_error() -> None:
    chance = random.Random(8)
    begins = [b"", *(data[:12] for data in valid_files())]
    for _ in range(300):
        is_refused(chance.choice(begins) + chance.randbytes(chance.randrange(200)))


def is_refused(junk: bytes) -> bool:
    try:
        picture, was = decode(junk, 64)
    except ImageInvalid as error:
        return re.fullmatch(r"it (is|has) [\w ,()-]+", error.message) is not None
    assert len(picture.rgb) == picture.width * picture.height * 3
    assert max(picture.width, picture.height) == min(64, max(was))
    return False


def test_a_damaged_avif_is_damaged() -> None:
    """Its reader raises `RuntimeError`."""
    data = bytearray(file(noise(24, 16), "AVIF"))
    data[data.index(b"mdat") + 4 :] = bytes(len(data) - data.index(b"mdat") - 4)
    assert refusal(bytes(data)).startswith("it is damaged")
