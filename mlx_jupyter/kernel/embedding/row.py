"""One row of a column: a text, or a list of token ids; and what can be wrong with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral
from typing import Any

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.row_names import RowNames

__all__ = ["Row", "checked"]

Row = str | tuple[int, ...]

_MISSING = ("NAType", "NaTType")
"""pandas' own: they are neither None nor unequal to themselves."""


def checked(values: Sequence[Any], names: RowNames) -> list[Row]:
    """`values` as rows, if all of them are texts, or all of them token ids. Raises InvalidRequest,
    which names those that have the trouble of the first one that has any."""
    rows = [_plain(value) for value in values]
    troubles = [_trouble(row) for row in rows]
    if first := next(filter(None, troubles), None):
        bad = [at for at, trouble in enumerate(troubles) if trouble == first]
        verb = "is" if len(bad) == 1 else "are"
        what = first.partition(":")[0] if names.alone else first
        raise InvalidRequest(f"{names.at_head(*bad)} {verb} {what}.", param="input")
    if other := next((at for at, row in enumerate(rows) if type(row) is not type(rows[0])), None):
        raise InvalidRequest(
            f"Texts and token ids do not mix: {names.of(0)} and {names.of(other)} are not of one"
            " kind.",
            param="input",
        )
    return rows


def _plain(value: Any) -> Any:
    """A text as a `str`, whole numbers as a tuple of `int`; all else as it is."""
    if isinstance(value, str):
        return value if type(value) is str else str.__str__(value)
    values = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(values, list | tuple) and values and all(map(_is_id, values)):
        return tuple(int(each) for each in values)
    return value


def _is_id(value: object) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool)


def _trouble(row: Any) -> str | None:
    """What is wrong with a row, as the end of a sentence."""
    if isinstance(row, str):
        return _trouble_of_text(row)
    if isinstance(row, tuple) and row and all(map(_is_id, row)):
        return None
    if _is_missing(row):
        return "no text (None or NaN): drop such rows, or fill them"
    return f"no text, but of type {type(row).__name__}"


def _trouble_of_text(text: str) -> str | None:
    if not text:
        return "empty: drop such rows, or fill them"
    if text.isascii():
        return None
    try:
        text.encode()
    except UnicodeEncodeError:
        return "no valid text: half of a letter (a lone surrogate) is in it"
    return None


def _is_missing(row: Any) -> bool:
    is_nan = isinstance(row, float) and math.isnan(row)
    return row is None or is_nan or type(row).__name__ in _MISSING
