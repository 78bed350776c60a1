"""Pictures for requests."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw


def circle(color: str = "red", side: int = 200) -> Image.Image:
    """What the demo model knows: one shape on a light ground."""
    image = Image.new("RGB", (side, side), (245, 245, 240))
    quarter = side // 4
    ImageDraw.Draw(image).ellipse((quarter, quarter, 3 * quarter, 3 * quarter), fill=color)
    return image


def square(color: str = "blue", side: int = 200) -> Image.Image:
    image = Image.new("RGB", (side, side), (245, 245, 240))
    quarter = side // 4
    ImageDraw.Draw(image).rectangle((quarter, quarter, 3 * quarter, 3 * quarter), fill=color)
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def data_url(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def part(image: Image.Image | bytes | str, **more: str) -> dict[str, Any]:
    """An image of a message: a URL as it is, anything else as a data: URL."""
    if isinstance(image, Image.Image):
        image = encoded(image)
    url = data_url(image) if isinstance(image, bytes) else image
    return {"type": "image_url", "image_url": {"url": url, **more}}


def question(*parts: dict[str, Any] | str) -> list[Any]:
    """A chat of one message; strings are texts."""
    content = [{"type": "text", "text": one} if isinstance(one, str) else one for one in parts]
    return [{"role": "user", "content": content}]
