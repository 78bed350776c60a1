"""What users give as pictures, and the pictures in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from IPython.display import Image as DisplayedImage
from PIL import Image

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.images.array import image_of_array, is_array
from mlx_jupyter.kernel.images.drawn import drawn_data
from mlx_jupyter.kernel.images.encoding import picture_of_data, picture_of_image
from mlx_jupyter.kernel.images.figure import figure_png
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.images.place import pictures_at

__all__ = ["pictures_in"]

_LABEL_CHARACTERS = 40


def pictures_in(value: object, label: str | None = None) -> list[Picture]:
    """The pictures that `value` is or holds, in order, ready to be sent.

    It is a picture of Pillow's, a NumPy array, a Matplotlib figure or axes, encoded bytes, an
    `IPython.display.Image`, anything that draws itself as PNG or JPEG, a path, a pattern of paths,
    a URL, or a list or tuple of these. `label` is what the user calls it. Raises InvalidRequest for
    what is no picture, and its ImageInvalid for a picture that cannot be used.
    """
    return list(_pictures(value, _short(label) if label else None))


def _pictures(value: object, label: str | None) -> Iterator[Picture]:
    if isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from _pictures(item, f"{label}[{at}]" if label else None)
    elif isinstance(value, str | os.PathLike):
        yield from pictures_at(os.fsdecode(value), label)
    elif isinstance(value, DisplayedImage):
        yield from _displayed(value, label)
    else:
        yield _picture(value, label)


def _displayed(value: DisplayedImage, label: str | None) -> Iterator[Picture]:
    data = value.data if isinstance(value.data, bytes) else None
    place = value.url or value.filename
    if data:
        yield picture_of_data(data, label or Path(value.filename or "image").name)
    elif place:
        yield from pictures_at(os.fsdecode(place), label)
    else:
        raise InvalidRequest(f"{label or 'The Image'} holds no picture.", param="images")


def _picture(value: object, label: str | None) -> Picture:
    if isinstance(value, Picture):
        return value
    if isinstance(value, Image.Image):
        return picture_of_image(value, label or _file_name(value) or "image")
    if isinstance(value, bytes | bytearray):
        return picture_of_data(bytes(value), label or "bytes")
    if is_array(value):
        name = label or "array"
        return picture_of_image(image_of_array(value, name), name)
    if png := figure_png(value):
        return picture_of_data(png, label or "figure")
    if data := drawn_data(value):
        return picture_of_data(data, label or type(value).__name__)
    kind = type(value).__name__
    raise InvalidRequest(
        f"{label} is no picture: its type is {kind}." if label else f"A {kind} is no picture.",
        param="images",
    )


def _file_name(image: Image.Image) -> str:
    return Path(os.fsdecode(getattr(image, "filename", "") or "")).name


def _short(label: str) -> str:
    one_line = " ".join(label.split())
    if len(one_line) <= _LABEL_CHARACTERS:
        return one_line
    return one_line[: _LABEL_CHARACTERS - 1] + "…"
