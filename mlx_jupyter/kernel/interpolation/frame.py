"""Tables of pandas, polars and pyarrow. None is imported: who has a table has its library.

Only the head is looked at, so a million rows cost what twenty do; for the same reason nothing is
said that takes a look at all rows, such as how many are missing.
"""

from __future__ import annotations

import sys
from typing import Any

from mlx_jupyter.kernel.interpolation.markdown import (
    MAX_COLUMNS,
    MAX_ROWS,
    markdown_table,
    table_head,
)

__all__ = ["table_text"]


def table_text(value: Any) -> str | None:
    """Shape, types and a bounded table of the head; None for what is no table."""
    pandas = sys.modules.get("pandas")
    if pandas is not None:
        if isinstance(value, getattr(pandas, "DataFrame", ())):
            return _frame(value)
        if isinstance(value, getattr(pandas, "Series", ())):
            return _series(value)
        if isinstance(value, getattr(pandas, "Index", ())):
            return _index(value)
    if _is_a(value, "pyarrow", "Table"):
        return _arrow(value)
    if _is_a(value, "polars", "DataFrame"):
        return _polars(value)
    if _is_a(value, "polars", "Series"):
        return _column("Series", value.name, len(value), value.dtype, value.head(MAX_ROWS))
    return None


def _frame(value: Any) -> str:
    rows, columns = value.shape
    head = value.iloc[:MAX_ROWS].iloc[:, :MAX_COLUMNS]
    names = [_name(name) for name in head.columns]
    types = list(zip(names, head.dtypes, strict=True))
    said = table_head(type(value).__name__, rows, types, columns)
    cells = [list(head.iloc[:, at]) for at in range(len(names))]
    index = [_name(label) for label in head.index]
    table = markdown_table([_index_name(head.index), *names], zip(index, *cells, strict=True))
    return f"{said}\n\n{table}"


def _series(value: Any) -> str:
    head = value.iloc[:MAX_ROWS]
    index = [_name(label) for label in head.index]
    name = "value" if value.name is None else _name(value.name)
    table = markdown_table([_index_name(head.index), name], zip(index, head, strict=True))
    return f"{_said(type(value).__name__, value.name, len(value), value.dtype)}\n\n{table}"


def _index(value: Any) -> str:
    kind = getattr(value, "dtype", "")
    return _column(type(value).__name__, value.name, len(value), kind, value[:MAX_ROWS])


def _arrow(value: Any) -> str:
    fields = [value.schema.field(at) for at in range(min(value.num_columns, MAX_COLUMNS))]
    types = [(field.name, field.type) for field in fields]
    cells = [value.column(at).slice(0, MAX_ROWS).to_pylist() for at in range(len(fields))]
    return _table("Table", value.num_rows, value.num_columns, types, cells)


def _polars(value: Any) -> str:
    types = list(value.schema.items())[:MAX_COLUMNS]
    cells = [value.get_column(name).head(MAX_ROWS).to_list() for name, _ in types]
    return _table("DataFrame", value.height, value.width, types, cells)


def _table(
    name: str, rows: int, columns: int, types: list[tuple[Any, Any]], cells: list[list[Any]]
) -> str:
    names = [column for column, _ in types]
    table = markdown_table(names, zip(*cells, strict=True))
    return f"{table_head(name, rows, types, columns)}\n\n{table}"


def _column(kind: str, name: Any, rows: int, dtype: Any, values: Any) -> str:
    head = "value" if name is None else _name(name)
    table = markdown_table([head], ([_name(value)] for value in values))
    return f"{_said(kind, name, rows, dtype)}\n\n{table}"


def _said(kind: str, name: Any, rows: int, dtype: Any) -> str:
    called = "" if name is None else f" {_name(name)}"
    rest = f"\nThe first {MAX_ROWS} rows:" if rows > MAX_ROWS else ""
    return f"{kind}{called}, {rows:,} rows, {dtype}{rest}"


def _index_name(index: Any) -> str:
    return " / ".join("" if name is None else str(name) for name in index.names)


def _name(label: Any) -> Any:
    """The labels of a MultiIndex are tuples."""
    return " / ".join(map(str, label)) if isinstance(label, tuple) else label


def _is_a(value: object, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)
