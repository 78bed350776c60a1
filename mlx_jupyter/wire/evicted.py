"""The header `x-mlx-evicted`: the models that left to make room for a request.

A folder under `model_dirs` may have any name, and a header has Latin-1 at most: what is neither a
letter of ASCII nor usual in an id is percent-encoded.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote, unquote

__all__ = ["EVICTED_HEADER", "evicted_ids", "evicted_value"]

EVICTED_HEADER = "x-mlx-evicted"
_PLAIN = "/@+: "


def evicted_value(ids: Iterable[str]) -> str:
    return ", ".join(quote(one, safe=_PLAIN, errors="replace") for one in ids)


def evicted_ids(value: str | None) -> list[str]:
    """None is a header that is not there."""
    return [unquote(one) for one in value.split(", ")] if value else []
