from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from mlx_jupyter.errors import ImageInvalid, InvalidRequest
from mlx_jupyter.kernel.images.array import image_of_array, is_array

Array = Any


@pytest.mark.parametrize(
    ("shape", "mode"),
    [((2, 3), "L"), ((2, 3, 1), "L"), ((2, 3, 3), "RGB"), ((2, 3, 4), "RGBA")],
)
def test_the_shape_is_height_width_and_channels(shape: tuple[int, ...], mode: str) -> None:
    image = image_of_array(np.zeros(shape, "uint8"), "a")
    assert (image.size, image.mode) == ((3, 2), mode)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.uint8(200), 200),
        (np.bool_(True), 255),
        (np.float32(1), 255),
        (np.float64(0.5), 128),
        (np.float16(0.0), 0),
    ],
)
def test_bytes_booleans_and_fractions_are_brightness(value: Any, expected: int) -> None:
    assert image_of_array(np.full((1, 1), value), "a").getpixel((0, 0)) == expected


def test_an_array_that_lies_otherwise_in_memory_is_the_same_picture() -> None:
    array = np.arange(24, dtype="uint8").reshape(2, 4, 3)
    turned = image_of_array(array[:, ::-1], "a")
    assert turned.getpixel((0, 0)) == tuple(array[0, 3])


@pytest.mark.parametrize("shape", [(3,), (2, 3, 2), (2, 3, 5), (1, 2, 3, 3), ()])
def test_another_shape_is_no_picture(shape: tuple[int, ...]) -> None:
    with pytest.raises(InvalidRequest, match=r"a is an array of .*; a picture has height×width"):
        image_of_array(np.zeros(shape, "uint8"), "a")


@pytest.mark.parametrize("kind", ["int64", "uint16", "complex64", "object", "U3"])
def test_another_type_is_no_picture(kind: str) -> None:
    with pytest.raises(InvalidRequest, match="a picture is uint8, bool, or floats"):
        image_of_array(np.zeros((2, 3), kind), "a")


@pytest.mark.parametrize("value", [1.01, -0.1, 255.0, float("nan"), float("inf")])
def test_floats_outside_of_0_to_1_are_refused(value: float) -> None:
    with pytest.raises(ImageInvalid, match=r"a holds floats from .* in 0..1"):
        image_of_array(np.array([[0.5, value]]), "a")


@pytest.mark.parametrize("kind", ["uint8", "float64"])
def test_an_array_without_pixels_is_refused(kind: str) -> None:
    with pytest.raises(ImageInvalid, match="no pixels"):
        image_of_array(np.zeros((0, 3), kind), "a")


def test_too_many_pixels_are_refused_before_they_are_converted() -> None:
    array = np.lib.stride_tricks.as_strided(np.zeros(1), (2**14, 2**13), (0, 0))
    with pytest.raises(ImageInvalid, match="8192×16384 pixels"):
        image_of_array(array, "a")


class Tensor:
    """What torch's tensors have in common with arrays."""

    shape, dtype = (2, 3), "float32"

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return np.ones((2, 3), "float32")


def test_what_numpy_takes_for_an_array_is_one() -> None:
    assert is_array(Tensor())
    assert image_of_array(Tensor(), "a").getpixel((0, 0)) == 255


@pytest.mark.parametrize("value", [[[1]], b"abc", "text", 5])
def test_other_values_are_no_arrays(value: object) -> None:
    assert not is_array(value)


def test_without_numpy_there_are_no_arrays() -> None:
    code = "import sys; from mlx_jupyter.kernel.images.source import pictures_in;"
    code += "from PIL import Image; pictures_in(Image.new('RGB', (2, 2)));"
    code += "assert not {'numpy', 'matplotlib'} & sys.modules.keys()"
    subprocess.run([sys.executable, "-c", code], check=True)
