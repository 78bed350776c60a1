"""Lists, dicts, sets and records in Python's own words, bounded.

Of each the first 100 items, 2,000 values in all, six levels deep, and 1,000 characters of a value;
what is left out is said where it would stand.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import ItemsView, Iterator, KeysView, ValuesView
from dataclasses import dataclass
from itertools import islice
from textwrap import indent
from typing import Any

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.interpolation.bounds import head, more
from mlx_jupyter.kernel.interpolation.record import fields_of

__all__ = ["outline"]

_ITEMS = 100
_VALUES = 2_000
_DEPTH = 6
_CHARACTERS = 1_000
_LINE_CHARACTERS = 100
_SHORT_CHARACTERS = 20
_BRACKETS = {dict: ("{", "}"), list: ("[", "]"), tuple: ("(", ")"), set: ("{", "}")}
_NAMED = (frozenset, deque, KeysView, ValuesView, ItemsView)


@dataclass(frozen=True)
class _Group:
    """`items` are what stands before an item, and the item."""

    opening: str
    closing: str
    count: int
    items: Iterator[tuple[str, Any]]


def outline(value: object) -> str | None:
    """None for what holds no items."""
    group = _group(value)
    return None if group is None else _Outline().text(group, 1)


class _Outline:
    def __init__(self) -> None:
        self._left = _VALUES

    def text(self, group: _Group, depth: int) -> str:
        shown = min(group.count, _ITEMS, self._left) if depth <= _DEPTH else 0
        self._left -= shown
        parts = [before + self._item(item, depth) for before, item in islice(group.items, shown)]
        if group.count > shown:
            parts.append(more(group.count - shown))
        line = ", ".join(parts)
        if group.opening == "(" and group.count == 1:
            line += ","
        if len(line) <= _LINE_CHARACTERS and "\n" not in line:
            return f"{group.opening}{line}{group.closing}"
        lines = indent("\n".join(_lines(parts)), "  ")
        return f"{group.opening}\n{lines}\n{group.closing}"

    def _item(self, item: object, depth: int) -> str:
        group = _group(item)
        return _leaf(item) if group is None else self.text(group, depth + 1)


def _lines(parts: list[str]) -> list[str]:
    """One item a line, or several if all are short."""
    short = max(map(len, parts)) <= _SHORT_CHARACTERS
    lines = [parts[0]]
    for part in parts[1:]:
        if short and len(lines[-1]) + len(part) < _LINE_CHARACTERS:
            lines[-1] += f", {part}"
        else:
            lines[-1] += ","
            lines.append(part)
    return lines


def _group(value: Any) -> _Group | None:
    if isinstance(value, Answer):
        return None
    name = type(value).__name__
    if (fields := fields_of(value)) is not None:
        named = ((f"{field}=", item) for field, item in fields)
        return _Group(f"{name}(", ")", len(fields), named)
    if isinstance(value, _NAMED):
        return _Group(f"{name}([", "])", len(value), _bare(value))
    kind = next((kind for kind in _BRACKETS if isinstance(value, kind)), None)
    if kind is None:
        return None
    opening, closing = ("set(", ")") if kind is set and not value else _BRACKETS[kind]
    if type(value) is not kind:
        opening, closing = f"{name}({opening}", f"{closing})"
    return _Group(opening, closing, len(value), _pairs(value) if kind is dict else _bare(value))


def _pairs(value: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    return ((f"{_leaf(key)}: ", item) for key, item in value.items())


def _bare(value: Any) -> Iterator[tuple[str, Any]]:
    return (("", item) for item in value)


def _leaf(value: Any) -> str:
    numpy: Any = sys.modules.get("numpy")
    if isinstance(value, Answer):
        value = value.text
    if isinstance(value, str | bytes | bytearray) and len(value) > _CHARACTERS:
        return f"{value[:_CHARACTERS]!r}{more(len(value) - _CHARACTERS)} characters"
    if numpy is not None and isinstance(value, numpy.generic):
        return str(value)
    return head(repr(value), _CHARACTERS)
