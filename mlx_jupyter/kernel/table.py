"""A table, as plain text for a terminal and as HTML for a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

__all__ = ["Table"]

_GAP = "  "


@dataclass(frozen=True)
class Table:
    """`right` are the names of columns that are aligned to the right: numbers.

    Columns that are empty in every row are left out. The HTML has no style but the alignment, so
    that it looks as every other table of its notebook does, in light and in dark.
    """

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    right: frozenset[str] = frozenset()

    def as_plain(self) -> str:
        lines = list(self._lines())
        widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
        return "\n".join(self._aligned(line, widths) for line in lines)

    def as_html(self) -> str:
        head, *body = self._lines()
        rows = "".join(f"<tr>{self._cells('td', row)}</tr>" for row in body)
        head_row = f"<thead><tr>{self._cells('th', head)}</tr></thead>"
        return f"<table>{head_row}<tbody>{rows}</tbody></table>"

    def _kept(self) -> list[int]:
        return [at for at in range(len(self.columns)) if any(row[at] for row in self.rows)]

    def _lines(self) -> list[tuple[str, ...]]:
        kept = self._kept()
        return [tuple(" ".join(row[at].split()) for at in kept) for row in self._all()]

    def _all(self) -> list[tuple[str, ...]]:
        return [self.columns, *self.rows]

    def _is_right(self) -> list[bool]:
        return [self.columns[at] in self.right for at in self._kept()]

    def _aligned(self, line: tuple[str, ...], widths: list[int]) -> str:
        cells = []
        for text, width, right in zip(line, widths, self._is_right(), strict=True):
            blanks = " " * (width - _width(text))
            cells.append(blanks + text if right else text + blanks)
        return _GAP.join(cells).rstrip()

    def _cells(self, tag: str, line: tuple[str, ...]) -> str:
        sides = ("right" if right else "left" for right in self._is_right())
        return "".join(
            f'<{tag} style="text-align: {side}">{escape(text)}</{tag}>'
            for text, side in zip(line, sides, strict=True)
        )


def _width(text: str) -> int:
    """In columns of a terminal, where East Asian letters take two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)
