"""What `--each` names, one item after the other, and what the items are called."""

from __future__ import annotations

import keyword
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.column import labels_of
from mlx_jupyter.kernel.mapping.row import Row

__all__ = ["Items", "items_of"]

_TO_LIST = ("to_list", "tolist", "to_pylist")
"""As pandas and polars, NumPy and torch, and pyarrow call it."""
_MOST_FROM_ITERATOR = 10_000


@dataclass(frozen=True)
class Items:
    """`labels` are the index of a Series or a frame, or the keys of a dict; `index` is that index
    itself, for results to align with."""

    values: Sequence[Any]
    labels: Sequence[object] | None = None
    index: Any = None

    def __len__(self) -> int:
        return len(self.values)

    def label(self, at: int) -> object:
        return at if self.labels is None else self.labels[at]

    def names(self, at: int) -> dict[str, Any]:
        """The names that a prompt has for one item: `it`, and for a row of a table `row` and each
        of its columns."""
        item = self.values[at]
        if not isinstance(item, Row):
            return {"it": item}
        columns = {name: value for name, value in item.items() if _is_name(name)}
        return columns | {"it": item, "row": item}


def items_of(value: Any, text: str) -> Items:
    """Rows of a table, values of a dict, and elements of all else that has some.

    Raises InvalidRequest, which calls it `text`, for what has none.
    """
    items = _items(value, text)
    if not len(items):
        once = " An iterator gives its items only once." if hasattr(value, "__next__") else ""
        raise InvalidRequest(f"{text} has no items.{once}", param="each")
    return items


def _items(value: Any, text: str) -> Items:
    if hasattr(value, "columns"):
        return Items(_rows(value), labels_of(value), _index(value))
    if isinstance(value, Mapping):
        return Items(list(value.values()), list(value))
    if isinstance(value, str | bytes) or not isinstance(value, Iterable):
        raise InvalidRequest(
            f"{text} has no items to go through: its type is {type(value).__name__}. Give a list, a"
            " Series, a dict or a DataFrame.",
            param="each",
        )
    return Items(_elements(value, text), labels_of(value), _index(value))


def _rows(table: Any) -> list[Row]:
    """Of pyarrow, polars or pandas; column by column, so that integers stay integers."""
    for name in ("to_pylist", "to_dicts"):
        if callable(method := getattr(table, name, None)):
            return [Row(each) for each in method()]
    names = [str(name) for name in table.columns]
    columns = [table.iloc[:, at].tolist() for at in range(len(names))]
    return [Row(zip(names, cells, strict=True)) for cells in zip(*columns, strict=True)]


def _elements(value: Any, text: str) -> list[Any]:
    if getattr(value, "ndim", 1) > 1:
        # Of a stack of pictures, pictures: not lists of lists of numbers.
        return list(value)
    for name in _TO_LIST:
        if callable(method := getattr(value, name, None)):
            return list(method())
    if hasattr(value, "__len__"):
        return list(value)
    taken = list(islice(iter(value), _MOST_FROM_ITERATOR + 1))
    if len(taken) > _MOST_FROM_ITERATOR:
        raise InvalidRequest(
            f"{text} gives more than {_MOST_FROM_ITERATOR:,} items and may never end: make a list"
            " of those that you want.",
            param="each",
        )
    return taken


def _index(value: Any) -> Any:
    """That of pandas, which is no method as that of a list is."""
    index = getattr(value, "index", None)
    return index if hasattr(index, "tolist") else None


def _is_name(name: object) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)
