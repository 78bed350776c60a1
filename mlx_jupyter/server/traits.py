"""Traits that read what people type on a command line."""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Callable
from typing import Any

from traitlets import HasTraits, List, TraitError, TraitType, Unicode

__all__ = ["TextOrNumber", "Texts"]


class TextOrNumber(TraitType):  # type: ignore[type-arg]
    """What people write as `"30m"`, `-1`, `"75%"` or `2_000_000_000`; `check` raises `ValueError`
    in words for what it does not understand."""

    info_text = "a text or a number"

    def __init__(
        self, default: str | float, check: Callable[[Any], object], **options: Any
    ) -> None:
        super().__init__(default, **options)
        self._check = check

    def validate(self, obj: HasTraits, value: Any) -> str | float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.error(obj, value)
        try:
            self._check(value)
        except ValueError as error:
            raise TraitError(f"{type(obj).__name__}.{self.name}: {error}") from None
        return value

    def from_string(self, s: str) -> str:
        return s


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
