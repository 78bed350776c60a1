"""Traits that read what people type on a command line."""

from __future__ import annotations

from ast import literal_eval
from typing import Any

from traitlets import List, Unicode

__all__ = ["Texts"]


class Texts(List):  # type: ignore[type-arg]
    """A list of texts: `--X.y=a`, `--X.y=a --X.y=b` and `--X.y='["a", "b"]'`.

    An extension's traits are unknown to Jupyter's own command line, which hands them over as one
    string; traitlets 5.14 then takes the brackets for part of the only item.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(trait=Unicode(), **options)

    def from_string(self, s: str) -> list[str]:
        text = s.strip()
        if not (text.startswith("[") and text.endswith("]")):
            return [s]
        return [str(item) for item in literal_eval(text)]
