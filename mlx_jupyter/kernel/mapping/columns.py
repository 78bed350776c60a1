"""Answers of several models: beside each other as Markdown, below each other as plain text.

The table is HTML in Markdown. A blank line ends a block of HTML (CommonMark 4.6), so that what
stands between two of them in a cell is rendered as Markdown. What keeps an answer in its
cell, `cell_text` says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mlx_jupyter.kernel.images.strip import strip_html, strip_plain
from mlx_jupyter.kernel.mapping.cell_text import in_cell
from mlx_jupyter.kernel.mapping.column import Column

__all__ = ["as_markdown", "as_plain"]

_ACTIVE = re.compile(r"[\\*`<$_\[\]]")


def as_markdown(columns: Sequence[Column]) -> str:
    width = 100 // len(columns)
    style = f"width: {width}%; text-align: left; vertical-align: top"
    heads = "".join(f'<th style="{style}">{_literal(column.model)}</th>' for column in columns)
    cells = [f'<td style="{style}">\n\n{_cell(column)}\n\n</td>' for column in columns]
    table = [
        '<table style="width: 100%; table-layout: fixed">',
        f"<thead><tr>{heads}</tr></thead>",
        "<tbody><tr>",
        *cells,
        "</tr></tbody></table>",
    ]
    strip = strip_html(columns[0].answer.images)
    return "\n\n".join(filter(None, [strip, "\n".join(table)]))


def as_plain(columns: Sequence[Column]) -> str:
    parts = []
    for column in columns:
        facts = [f"[{column.facts}]"] if column.facts else []
        said = [column.answer.text.strip("\n") or column.waiting, *column.notes, *facts]
        parts.append("\n".join([f"── {column.model} ──", *filter(None, said)]))
    strip = strip_plain(columns[0].answer.images)
    return "\n\n".join(filter(None, [strip, *parts]))


def _cell(column: Column) -> str:
    facts = f'<small style="opacity: 0.6">{_literal(column.facts)}</small>' if column.facts else ""
    waiting = f"*{_literal(column.waiting)}*" if column.waiting else ""
    notes = [f"*{_literal(note)}*" for note in column.notes]
    return "\n\n".join(filter(None, [in_cell(column.answer.text), waiting, *notes, facts]))


def _literal(text: str) -> str:
    """Text in which nothing is Markdown or HTML."""
    return _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", " ".join(text.split()))
