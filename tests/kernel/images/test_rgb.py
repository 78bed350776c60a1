from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from PIL.ExifTags import Base

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images.rgb import as_rgb

MODES = (
    *("1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"),
    *("HSV", "I", "F", "I;16", "I;16B", "I;16L", "I;16N"),
)


def pixel(image: Image.Image) -> object:
    made = as_rgb(image, "it")
    assert made.mode == "RGB"
    return made.getpixel((0, 0))


def of_values(mode: str, *values: float) -> Image.Image:
    image = Image.new(mode, (len(values), 1))
    for at, value in enumerate(values):
        image.putpixel((at, 0), value)
    return image


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_of_pillow_becomes_rgb(mode: str) -> None:
    made = as_rgb(Image.new(mode, (3, 2)), "it")
    assert (made.mode, made.size) == ("RGB", (3, 2))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.new("RGBA", (1, 1), (255, 0, 0, 0)), (255, 255, 255)),
        (Image.new("RGBA", (1, 1), (255, 0, 0, 255)), (255, 0, 0)),
        (Image.new("RGBA", (1, 1), (0, 0, 0, 51)), (204, 204, 204)),
        (Image.new("LA", (1, 1), (0, 0)), (255, 255, 255)),
    ],
)
def test_what_is_transparent_is_white(image: Image.Image, expected: object) -> None:
    assert pixel(image) == expected


@pytest.mark.parametrize("mode", ["P", "L", "RGB"])
def test_a_transparent_color_is_white(mode: str) -> None:
    image = Image.new(mode, (1, 1), 0)
    image.info["transparency"] = (0, 0, 0) if mode == "RGB" else 0
    file = BytesIO()
    image.save(file, "PNG")
    assert pixel(Image.open(file)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("mode", "values", "expected"),
    [
        ("I;16", (65535, 0), 255),
        ("I;16", (300, 0), 1),
        ("I", (65535, 0), 255),
        ("I", (200, 0), 200),
        ("I", (100_000, 0), 255),
        ("I", (-5, 5), 0),
        ("F", (0.5, 0.0), 128),
        ("F", (200.0, 0.0), 200),
        ("F", (-1.0, 1.0), 0),
        ("F", (7000.0, 7000.0), 0),
    ],
)
def test_deep_values_are_brought_to_eight_bits(
    mode: str, values: tuple[float, ...], expected: int
) -> None:
    assert pixel(of_values(mode, *values)) == (expected,) * 3


def test_a_value_that_is_not_a_number_is_refused() -> None:
    with pytest.raises(ImageInvalid, match="it holds values that are not finite"):
        as_rgb(of_values("F", float("nan"), 1.0), "it")


def test_a_picture_is_turned_as_its_exif_says() -> None:
    image = Image.new("RGB", (2, 1), "red")
    image.putpixel((1, 0), (0, 0, 255))
    image.getexif()[Base.Orientation] = 6
    made = as_rgb(image, "it")
    assert made.size == (1, 2)
    assert made.getpixel((0, 0)) == (255, 0, 0)


def test_the_picture_given_stays_as_it_is() -> None:
    image = Image.new("RGBA", (2, 1), "red")
    image.info["icc_profile"] = b"profile"
    as_rgb(image, "it").putpixel((0, 0), (0, 0, 0))
    assert image.getpixel((0, 0)) == (255, 0, 0, 255)
    assert (image.mode, image.info["icc_profile"]) == ("RGBA", b"profile")


def test_what_was_attached_is_left_behind() -> None:
    image = Image.new("RGB", (1, 1))
    image.info["icc_profile"] = b"profile"
    assert as_rgb(image, "it").info == {}
