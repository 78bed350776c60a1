"""What objects draw of themselves for a notebook, where that is a PNG or a JPEG."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from IPython.utils.dir2 import get_real_method

__all__ = ["drawn_data"]

_TYPES = ("image/png", "image/jpeg")


def drawn_data(value: object) -> bytes | None:
    """What `_repr_png_`, `_repr_jpeg_` or `_repr_mimebundle_` gives; None if none does."""
    for name in ("_repr_png_", "_repr_jpeg_"):
        method = get_real_method(value, name)
        if method and (data := _bytes(method())):
            return data
    method = get_real_method(value, "_repr_mimebundle_")
    if not method:
        return None
    bundle = _without_metadata(method(include=set(_TYPES), exclude=None))
    found = [bundle.get(kind) for kind in _TYPES] if isinstance(bundle, dict) else []
    return next((data for data in map(_bytes, found) if data), None)


def _bytes(value: Any) -> bytes | None:
    """Notebooks take bytes and their base64 alike, alone or with metadata."""
    value = _without_metadata(value)
    if isinstance(value, str):
        try:
            return b64decode(value)
        except ValueError:
            return None
    return bytes(value) if isinstance(value, bytes | bytearray) else None


def _without_metadata(value: Any) -> Any:
    return value[0] if isinstance(value, tuple) and value else value
