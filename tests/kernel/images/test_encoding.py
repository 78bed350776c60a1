from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from PIL.ExifTags import Base

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images import limits
from mlx_jupyter.kernel.images.encoding import picture_of_data, picture_of_image

NOISE = Image.effect_noise((300, 200), 90).convert("RGB")
WIDE = Image.linear_gradient("L").resize((4096, 1024)).convert("RGB")


def png_head(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds next to nothing."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = b"IDAT" + zlib.compress(b"\0" * 100)
    chunks = [head, rows, b"IEND"]
    packed = [
        struct.pack(">I", len(it) - 4) + it + struct.pack(">I", zlib.crc32(it)) for it in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def refusal(data: bytes) -> str:
    with pytest.raises(ImageInvalid) as raised:
        picture_of_data(data, "it.png")
    return raised.value.message


def test_a_picture_is_sent_as_png_without_loss(sent: Any) -> None:
    received = sent(picture_of_image(NOISE, "noise"))
    assert received.format == "PNG"
    assert received.tobytes() == NOISE.tobytes()


def test_the_label_and_the_size_are_told() -> None:
    picture = picture_of_image(NOISE, "noise")
    assert (picture.label, picture.width, picture.height) == ("noise", 300, 200)


@pytest.mark.parametrize("kind", ["PNG", "GIF", "WEBP", "BMP", "TIFF"])
def test_other_formats_become_png(encode: Any, sent: Any, kind: str) -> None:
    received = sent(picture_of_data(encode(Image.new("RGB", (5, 4), "red"), kind), "it"))
    assert (received.format, received.size, received.mode) == ("PNG", (5, 4), "RGB")


@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_jpeg_that_needs_no_change_is_sent_as_its_own_bytes(
    encode: Any, sent_data: Any, mode: str
) -> None:
    data = encode(NOISE.convert(mode), "JPEG")
    picture = picture_of_data(data, "it")
    assert picture.url.startswith("data:image/jpeg;base64,")
    assert sent_data(picture) == data


def test_a_jpeg_of_printers_colors_is_changed(encode: Any, sent: Any) -> None:
    data = encode(Image.new("CMYK", (5, 4)), "JPEG")
    assert sent(picture_of_data(data, "it")).format == "PNG"


def test_a_jpeg_that_lies_on_its_side_is_turned(encode: Any, sent: Any) -> None:
    exif = Image.Exif()
    exif[Base.Orientation] = 6
    received = sent(picture_of_data(encode(NOISE, "JPEG", exif=exif), "it"))
    assert (received.format, received.size) == ("PNG", (200, 300))


def test_a_jpeg_that_is_too_large_is_a_smaller_jpeg(encode: Any, sent: Any) -> None:
    received = sent(picture_of_data(encode(WIDE, "JPEG"), "it"))
    assert (received.format, received.size) == ("JPEG", (2048, 512))


@pytest.mark.parametrize(
    ("size", "smaller"),
    [((2048, 2048), (2048, 2048)), ((2049, 10), (2048, 10)), ((1, 30_000), (1, 2048))],
)
def test_the_longer_side_has_at_most_2048_pixels(
    sent: Any, size: tuple[int, int], smaller: tuple[int, int]
) -> None:
    picture = picture_of_image(Image.new("RGB", size), "it")
    assert (picture.width, picture.height) == sent(picture).size == smaller


def test_making_smaller_keeps_what_is_there(sent: Any) -> None:
    received = sent(picture_of_image(WIDE, "it"))
    assert received.format == "PNG"
    assert abs(received.getpixel((1000, 256))[0] - WIDE.getpixel((2000, 512))[0]) <= 2


def test_of_an_animation_the_first_frame_is_sent(encode: Any, sent: Any) -> None:
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert sent(picture_of_data(data, "it")).getpixel((0, 0)) == (255, 0, 0)


def test_a_picture_that_was_opened_is_not_changed(encode: Any) -> None:
    image = Image.open(BytesIO(encode(WIDE, "JPEG")))
    picture_of_image(image, "it")
    assert image.size == WIDE.size


def test_a_thumbnail_is_small_and_of_the_same_shape() -> None:
    picture = picture_of_image(NOISE, "it")
    small = Image.open(BytesIO(picture.thumbnail or b""))
    assert small.size == (128, 85)
    assert small.format in ("PNG", "JPEG")


def test_a_thumbnail_carries_no_color_profile(encode: Any) -> None:
    data = encode(NOISE, "PNG", icc_profile=b"p" * 100_000)
    assert len(picture_of_data(data, "it").thumbnail or b"") < 20_000


def test_the_repr_of_a_picture_is_short() -> None:
    expected = "Picture(label='noise', width=300, height=200)"
    assert repr(picture_of_image(NOISE, "noise")) == expected


@pytest.mark.parametrize("sides", [(8193, 8192), (10_000, 10_000), (40_000, 40_000)])
def test_a_bomb_is_refused_before_it_is_unpacked(sides: tuple[int, int]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        said = refusal(png_head(*sides))
    assert said.startswith("it.png has")
    assert "67,108,864" in said


def test_a_picture_of_too_many_pixels_is_refused_with_its_size() -> None:
    image = Image.new("1", (2**14, 2**12 + 1))
    with pytest.raises(ImageInvalid, match="big has 16384×4097 pixels; at most 67,108,864"):
        picture_of_image(image, "big")


def test_pillows_own_bound_is_not_touched() -> None:
    before = Image.MAX_IMAGE_PIXELS
    refusal(png_head(40_000, 40_000))
    assert before == Image.MAX_IMAGE_PIXELS


def test_a_file_of_too_many_bytes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_FILE_BYTES", 2**20)
    assert refusal(b"\0" * (2**20 + 1)) == "it.png has 1.0 MiB; at most 1 are taken."


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ImageInvalid, match="it has no pixels: its size is 0×5"):
        picture_of_image(Image.new("RGB", (0, 5)), "it")


def broken() -> list[bytes]:
    data = BytesIO()
    NOISE.save(data, "PNG")
    png = data.getvalue()
    data = BytesIO()
    NOISE.save(data, "JPEG")
    return [
        b"",
        b"text",
        png[:20],
        png[:2000],
        data.getvalue()[:2000],
        png_head(100, 100),
        b"<svg/>",
    ]


@pytest.mark.parametrize("data", broken(), ids=lambda data: f"{len(data)} bytes")
def test_what_cannot_be_read_is_one_error_that_names_it(data: bytes) -> None:
    said = refusal(data)
    assert said.startswith("it.png ")
    assert "\n" not in said


def test_a_file_for_a_printer_is_never_run() -> None:
    eps = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    assert "no picture that can be read" in refusal(eps)


def test_damage_anywhere_in_a_file_is_one_error_or_none(encode: Callable[..., bytes]) -> None:
    """Whatever is flipped: a picture comes out, or ImageInvalid."""
    for kind in ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP"):
        data = encode(NOISE.resize((40, 30)), kind)
        for at in range(0, min(len(data), 700), 3):
            damaged = bytearray(data)
            damaged[at] ^= 0x5A
            with suppress(ImageInvalid):
                picture_of_data(bytes(damaged), "it")
