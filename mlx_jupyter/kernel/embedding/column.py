"""What users give as texts, and the rows in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.row import Row, checked
from mlx_jupyter.kernel.embedding.row_names import RowNames

__all__ = ["Column", "column_of", "labels_of", "lines_of", "listed", "one_text"]

_TO_LIST = ("to_list", "tolist", "to_pylist")
"""As pandas and polars, NumPy and torch, and pyarrow call it."""
_COLUMNS_NAMED = 5


@dataclass(frozen=True)
class Column:
    """Texts, or lists of token ids, in the order in which their vectors are wanted."""

    rows: list[Row]
    names: RowNames

    def __len__(self) -> int:
        return len(self.rows)


def column_of(value: object, label: str | None = None) -> Column:
    """One text, or those in a list, a Series, an array or another iterable; lists of token ids do
    for texts.

    `label` is what the user calls it. Raises InvalidRequest, which names the rows that are empty,
    missing (None, NaN) or no texts.
    """
    if isinstance(value, Column):
        return value
    rows = value if isinstance(value, str) else listed(value, label)
    if isinstance(rows, str):
        return one_text(rows)
    if not rows:
        raise InvalidRequest(f"{label or 'The column'} has no rows.", param="input")
    names = RowNames(labels_of(value))
    return Column(checked(rows, names), names)


def one_text(text: str, noun: str = "text") -> Column:
    names = RowNames(noun=noun, alone=True)
    return Column(checked([text], names), names)


def lines_of(cell: str) -> Column:
    """One text a line, without the blanks around it; blank lines are none. Raises InvalidRequest if
    all are."""
    lines = ((number, line.strip()) for number, line in enumerate(cell.split("\n"), 1))
    texts = {number: text for number, text in lines if text}
    if not texts:
        raise InvalidRequest("There is no text below %%embed: write one a line.", param="input")
    names = RowNames(list(texts), "line")
    return Column(checked(list(texts.values()), names), names)


def labels_of(value: Any) -> Sequence[object] | None:
    """The index of a pandas Series; None for what has no labels."""
    index: Any = getattr(value, "index", None)
    return list(index.tolist()) if hasattr(index, "tolist") else None


def listed(value: Any, label: str | None = None) -> Any:
    """The rows of a column, as they are; a text if it is one. Raises InvalidRequest for what is no
    column."""
    what = label or f"A value of type {type(value).__name__}"
    if hasattr(value, "columns"):
        names = ", ".join([str(name) for name in value.columns][:_COLUMNS_NAMED])
        raise InvalidRequest(f"{what} is a table: name one of its columns ({names}).")
    for name in _TO_LIST:
        if callable(method := getattr(value, name, None)):
            return method()
    if isinstance(value, bytes | bytearray | Mapping | Set) or not isinstance(value, Iterable):
        kind = f": its type is {type(value).__name__}" if label else ""
        raise InvalidRequest(f"{what} is no column of texts{kind}. Give a list or a Series.")
    return list(value)
