"""Which of our magics the cursor stands behind, and whether on its line or in its cell."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Call", "call_at"]

_NAMES = "chat|see|embed|mlx"
_CELL_MAGIC = re.compile(r"%%(chat|see|embed)(?=[ \t\n]|$)")
_LINE_MAGIC = re.compile(rf"\s*(?:[\w.,\[\]\t ]+=\s*)?%({_NAMES})[ \t]")
_ANY_CELL_MAGIC = re.compile(r"%%(\w+)")
_RUN_THEIR_CELL = ("time", "timeit", "capture", "prun")
"""IPython's cell magics whose cell is code, so that magics may stand in it."""


@dataclass(frozen=True)
class Call:
    """`text` is what stands between the magic's name and the cursor on that line, or for a cursor
    below a cell magic (`in_body`) between the start of its own line and the cursor."""

    name: str
    is_cell: bool
    in_body: bool
    text: str


def call_at(text: str, line: int, column: int) -> Call | None:
    """The call that a cursor at `line` and `column` of a cell belongs to; None where it is in code,
    in the name of a magic, or in what another cell magic does not run."""
    lines = text.split("\n")
    until_cursor = lines[line][:column]
    for at, before in enumerate(lines[: line + 1]):
        found = _CELL_MAGIC.match(before)
        if found and at < line:
            return Call(found[1], True, True, until_cursor)
        if found:
            return _on_line(until_cursor, found)
        other = _ANY_CELL_MAGIC.match(before)
        if other and other[1] not in _RUN_THEIR_CELL:
            return None
        if before.strip() and not other:
            break
    magic = _LINE_MAGIC.match(until_cursor)
    return Call(magic[1], False, False, until_cursor[magic.end() :]) if magic else None


def _on_line(until_cursor: str, found: re.Match[str]) -> Call | None:
    """None while the name itself is typed."""
    if len(until_cursor) <= found.end():
        return None
    return Call(found[1], True, False, until_cursor[found.end() :])
