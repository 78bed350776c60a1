from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from IPython.display import Image as DisplayedImage
from matplotlib.figure import Figure
from PIL import Image

from mlx_jupyter.kernel.interpolation.fill import fill


def png() -> bytes:
    file = BytesIO()
    Image.new("RGB", (4, 3)).save(file, "PNG")
    return file.getvalue()


class Draws:
    def _repr_png_(self) -> bytes:
        return png()


PICTURES = [
    Image.new("RGB", (4, 3)),
    png(),
    DisplayedImage(png()),
    Figure(),
    Figure().subplots(),
    np.zeros((8, 9, 3), "uint8"),
    Draws(),
]


@pytest.mark.parametrize("value", PICTURES, ids=lambda value: type(value).__name__)
def test_a_picture_is_attached(filled: Any, value: object) -> None:
    found = filled("Look at {{value}}!", value=value)
    assert found.text == "Look at (image 1)!"
    assert [picture.label for picture in found.pictures] == ["value"]
    assert found.pictures[0].url.startswith("data:image/")


def test_several_pictures_are_counted(shell: Any) -> None:
    shell.user_ns.update(a=Image.new("RGB", (1, 1)), more=[Figure(), Image.new("RGB", (2, 2))])
    found = fill(shell, "{{a}}, then {{more}}, then {{a}}", pictures_before=1)
    assert found.text == "(image 2), then (image 3) (image 4), then (image 5)"
    assert [picture.label for picture in found.pictures] == ["a", "more[0]", "more[1]", "a"]


@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (4, 4, 3)])
def test_a_small_or_flat_array_of_bytes_is_data(filled: Any, shape: tuple[int, ...]) -> None:
    found = filled("{{value}}", value=np.zeros(shape, "uint8"))
    assert found.text.startswith("ndarray, ")
    assert found.pictures == []
