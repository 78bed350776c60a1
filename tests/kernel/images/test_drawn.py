from __future__ import annotations

from base64 import b64encode
from typing import Any
from unittest.mock import MagicMock

import pytest

from mlx_jupyter.kernel.images.drawn import drawn_data

DATA = b"\x89PNG..."
BASE64 = b64encode(DATA).decode()


def drawing(name: str, answer: Any) -> object:
    def method(self: object, **_: Any) -> Any:
        return answer

    return type("Drawing", (), {name: method})()


@pytest.mark.parametrize("name", ["_repr_png_", "_repr_jpeg_"])
@pytest.mark.parametrize("answer", [DATA, bytearray(DATA), BASE64, (DATA, {"width": 4})])
def test_what_draws_itself_gives_its_bytes(name: str, answer: Any) -> None:
    assert drawn_data(drawing(name, answer)) == DATA


@pytest.mark.parametrize(
    "bundle",
    [
        {"image/png": DATA, "text/plain": "x"},
        {"image/jpeg": BASE64},
        ({"image/png": BASE64}, {"image/png": {"width": 4}}),
    ],
)
def test_a_bundle_gives_its_picture(bundle: Any) -> None:
    assert drawn_data(drawing("_repr_mimebundle_", bundle)) == DATA


@pytest.mark.parametrize("answer", [None, "é", 5, b""])
def test_who_draws_nothing_is_none(answer: Any) -> None:
    assert drawn_data(drawing("_repr_png_", answer)) is None


@pytest.mark.parametrize("bundle", [None, {}, {"text/html": "<b>"}, {"image/png": None}, 5])
def test_a_bundle_without_a_picture_is_none(bundle: Any) -> None:
    assert drawn_data(drawing("_repr_mimebundle_", bundle)) is None


def test_a_class_and_an_object_that_has_every_attribute_are_none() -> None:
    assert drawn_data(type(drawing("_repr_png_", DATA))) is None
    assert drawn_data(MagicMock()) is None
