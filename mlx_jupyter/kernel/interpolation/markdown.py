"""A table as Markdown, its cells bounded: what models read best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

__all__ = ["MAX_COLUMNS", "MAX_ROWS", "markdown_table", "table_head"]

MAX_ROWS = 20
MAX_COLUMNS = 20
_CELL_CHARACTERS = 80


def markdown_table(columns: Sequence[Any], rows: Iterable[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def table_head(name: str, rows: int, types: Sequence[tuple[Any, Any]], columns: int) -> str:
    """What a table is: `types` are the names and types of the columns that are shown."""
    shown = ", ".join(f"{_cell(column)} {kind}" for column, kind in types)
    more = f", … {columns - len(types):,} more columns" if columns > len(types) else ""
    rest = f"\nThe first {MAX_ROWS} rows:" if rows > MAX_ROWS else ""
    return f"{name}, {rows:,} rows × {columns:,} columns\nColumns: {shown}{more}{rest}"


def _cell(value: Any) -> str:
    text = f"{value:.10g}" if isinstance(value, float) else str(value)
    text = " ".join(text[: 4 * _CELL_CHARACTERS].split())
    if len(text) > _CELL_CHARACTERS:
        text = text[: _CELL_CHARACTERS - 1] + "…"
    return text.replace("|", "\\|")
