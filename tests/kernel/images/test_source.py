from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.display import Image as DisplayedImage
from PIL import Image

from mlx_jupyter.errors import ImageInvalid, InvalidRequest
from mlx_jupyter.kernel.images.source import pictures_in

RED = Image.new("RGB", (4, 3), "red")


def labels(value: object, label: str | None = None) -> list[str]:
    return [picture.label for picture in pictures_in(value, label)]


@pytest.fixture
def png(encode: Any) -> bytes:
    data: bytes = encode(RED)
    return data


@pytest.fixture
def file(tmp_path: Path, png: bytes) -> Path:
    path = tmp_path / "a.png"
    path.write_bytes(png)
    return path


class Drawing:
    def __init__(self, data: bytes) -> None:
        self.data = data

    def _repr_png_(self) -> bytes:
        return self.data


def test_every_kind_of_picture_is_the_same_picture(png: bytes, file: Path, sent: Any) -> None:
    array = np.asarray(RED)
    kinds = [RED, array, array / 255.0, png, bytearray(png), file, str(file), Drawing(png)]
    kinds += [DisplayedImage(png), DisplayedImage(str(file)), DisplayedImage(url=str(file))]
    pictures = pictures_in(kinds)
    assert len(pictures) == len(kinds)
    assert all(sent(picture).tobytes() == RED.tobytes() for picture in pictures)


def test_without_a_label_it_is_called_what_it_is(png: bytes, file: Path) -> None:
    array = np.zeros((2, 2), "uint8")
    values = [RED, array, png, file, Drawing(png), Image.open(file), DisplayedImage(str(file))]
    assert labels(values) == ["image", "array", "bytes", "a.png", "Drawing", "a.png", "a.png"]


def test_a_label_names_the_members_of_a_list() -> None:
    assert labels([RED, (RED, RED)], "imgs") == ["imgs[0]", "imgs[1][0]", "imgs[1][1]"]


def test_a_long_label_is_cut_and_on_one_line() -> None:
    (label,) = labels(RED, "draw(\n" + "x" * 100)
    assert label == "draw( " + "x" * 33 + "…"


def test_files_keep_their_names_in_a_list(file: Path) -> None:
    assert labels([file, "https://a.org/b.png"], "imgs") == ["a.png", "a.org"]


def test_a_displayed_address_is_passed_on() -> None:
    (picture,) = pictures_in(DisplayedImage(url="https://a.org/b.png"))
    assert picture.url == "https://a.org/b.png"


def test_pictures_that_are_ready_stay_as_they_are() -> None:
    ready = pictures_in(RED)
    assert pictures_in(ready) == ready


def test_an_empty_list_holds_none() -> None:
    assert pictures_in([]) == []


@pytest.mark.parametrize("value", [None, 5, 2.0, {}, {"a": 1}, object(), int, Image.Image, [[1]]])
def test_what_is_no_picture_is_refused_by_its_type(value: object) -> None:
    with pytest.raises(InvalidRequest, match="no picture") as raised:
        pictures_in(value, "x")
    assert not isinstance(raised.value, ImageInvalid)


def test_the_refusal_names_what_the_user_called_it() -> None:
    with pytest.raises(InvalidRequest, match=r"^x\[1\] is no picture: its type is int\.$"):
        pictures_in([RED, 5], "x")


def test_a_picture_whose_file_was_closed_is_one_error(file: Path) -> None:
    with Image.open(file) as image:
        pass
    with pytest.raises(ImageInvalid, match="img cannot be read"):
        pictures_in(image, "img")


def test_a_figure_is_a_picture() -> None:
    figures = pytest.importorskip("matplotlib.figure")
    figure = figures.Figure(figsize=(2, 1), dpi=50)
    (picture,) = pictures_in(figure)
    assert (picture.label, picture.width, picture.height) == ("figure", 100, 50)
