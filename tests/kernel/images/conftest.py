"""Pictures, as files and as what was made of them."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from mlx_jupyter.kernel.images.picture import Picture


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def sent_bytes(picture: Picture) -> bytes:
    return b64decode(picture.url.partition(",")[2])


@pytest.fixture
def encode() -> Callable[..., bytes]:
    return encoded


@pytest.fixture
def sent_data() -> Callable[[Picture], bytes]:
    return sent_bytes


@pytest.fixture
def sent() -> Callable[[Picture], Image.Image]:
    """The picture that a server would see."""

    def decoded(picture: Picture) -> Image.Image:
        return Image.open(BytesIO(sent_bytes(picture)))

    return decoded
