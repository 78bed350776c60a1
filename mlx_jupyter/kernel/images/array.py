"""A NumPy array as a picture of Pillow's. NumPy is not imported: who has an array has NumPy."""

from __future__ import annotations

import sys
from typing import Any

from PIL import Image

from mlx_jupyter.errors import ImageInvalid, InvalidRequest
from mlx_jupyter.kernel.images.limits import check_pixels

__all__ = ["image_of_array", "is_array"]

_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def is_array(value: object) -> bool:
    """Whether `value` is an array, or something that NumPy takes as one, such as a tensor."""
    names = ("__array__", "shape", "dtype")
    return "numpy" in sys.modules and all(hasattr(value, name) for name in names)


def image_of_array(value: object, name: str) -> Image.Image:
    """Of shape (height, width), or (height, width, 1, 3 or 4); uint8, bool, or floats in 0..1.

    Raises InvalidRequest for what is no picture at all, ImageInvalid for values out of range.
    """
    array: Any = sys.modules["numpy"].asarray(value)
    channels = array.shape[2] if array.ndim == 3 else 1
    if array.ndim not in (2, 3) or channels not in _MODES:
        shape = "×".join(map(str, array.shape)) or "no dimension"
        raise InvalidRequest(
            f"{name} is an array of {shape}; a picture has height×width, or height×width×3 or 4."
        )
    height, width = array.shape[:2]
    check_pixels(width, height, name)
    data = _eight_bits(array, name).tobytes()
    return Image.frombytes(_MODES[channels], (width, height), data)


def _eight_bits(array: Any, name: str) -> Any:
    kind, item_bytes = array.dtype.kind, array.dtype.itemsize
    if kind == "u" and item_bytes == 1:
        return array
    if kind == "b":
        return array.astype("uint8") * 255
    if kind != "f":
        raise InvalidRequest(
            f"{name} is an array of {array.dtype}; a picture is uint8, bool, or floats in 0..1."
        )
    low, high = float(array.min()), float(array.max())
    if not (low >= 0 and high <= 1):  # also for NaN
        raise ImageInvalid(
            f"{name} holds floats from {low:g} to {high:g}; a picture's are in 0..1: scale or clip"
            " them, or give uint8."
        )
    return (array * 255).round().astype("uint8")
