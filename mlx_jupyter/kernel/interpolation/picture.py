"""Values that are pictures: they are attached."""

from __future__ import annotations

from typing import Any

from IPython.display import Image as DisplayedImage
from PIL import Image

from mlx_jupyter.errors import ImageInvalid
from mlx_jupyter.kernel.images.drawn import drawn_data
from mlx_jupyter.kernel.images.encoding import picture_of_data
from mlx_jupyter.kernel.images.figure import is_figure
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.images.source import pictures_in
from mlx_jupyter.kernel.interpolation.array import is_photo

__all__ = ["drawn_picture", "pictures_of"]


def pictures_of(value: Any, label: str) -> list[Picture]:
    """A picture of Pillow's, a figure or axes of Matplotlib's, an `IPython.display.Image`, bytes,
    an array that `is_photo`, or a list or tuple of these; nothing for what is none.

    Raises ImageInvalid for bytes that are no picture, and for pictures that cannot be used.
    """
    items = value if isinstance(value, list | tuple) else [value]
    if not items or not all(map(_is_picture, items)):
        return []
    try:
        return pictures_in(value, label)
    except ImageInvalid as error:
        if isinstance(value, bytes | bytearray):
            message = f"{error.message.rstrip('.')}; if they are a text: {{{{{label}.decode()}}}}."
            raise ImageInvalid(message) from error
        raise


def drawn_picture(value: Any, label: str) -> Picture | None:
    """What any other object draws of itself as PNG or JPEG."""
    data = drawn_data(value)
    return picture_of_data(data, label) if data else None


def _is_picture(value: Any) -> bool:
    kinds = (Picture, Image.Image, DisplayedImage, bytes, bytearray)
    return isinstance(value, kinds) or is_figure(value) or is_photo(value)
