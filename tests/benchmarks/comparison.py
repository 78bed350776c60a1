"""One figure of all contestants, round by round, and what we want of ours.

Figures are compared within their round only, by their ratio to the floor's; what is shown is the
median of those ratios. A figure that is a ratio already has no floor.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from msgspec import Struct

__all__ = ["FLOOR", "OURS", "Bound", "Comparison", "lines", "markdown"]

FLOOR, OURS = "direct", "ours"
_FEW = 10


class Bound(Struct, frozen=True):
    """What the ratio has to be; with neither there is no goal."""

    least: float | None = None
    most: float | None = None

    @property
    def words(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"

    def holds(self, ratio: float) -> bool | None:
        if self.least is not None:
            return ratio >= self.least
        return None if self.most is None else ratio <= self.most


class Comparison(Struct):
    """`values` are by contestant, one for each round; None where a round has none of it."""

    words: str
    unit: str
    values: dict[str, list[float]]
    goal: Bound = Bound()
    floor: str | None = FLOOR

    def median(self, name: str) -> float:
        return statistics.median(self.values[name])

    def ratios(self, name: str) -> list[float]:
        """To the floor of the same round; of a figure without a floor, the figure."""
        mine = self.values[name]
        if self.floor is None:
            return mine
        floors = self.values.get(self.floor, [])
        return [value / floor for value, floor in zip(mine, floors, strict=False) if floor]

    def ratio(self, name: str) -> float | None:
        ratios = self.ratios(name)
        return statistics.median(ratios) if ratios else None

    @property
    def met(self) -> bool | None:
        ratio = self.ratio(OURS) if OURS in self.values else None
        return None if ratio is None else self.goal.holds(ratio)


def lines(comparisons: Iterable[Comparison]) -> list[str]:
    """For a person at a terminal."""
    rows = _rows(comparisons)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def markdown(comparisons: Iterable[Comparison]) -> list[str]:
    head, *rows = _rows(comparisons)
    rule = ["---", *["---:"] * (len(head) - 3), "---", "---"]
    return [f"| {' | '.join(row)} |" for row in [head, rule, *rows]]


def _rows(comparisons: Iterable[Comparison]) -> list[list[str]]:
    found = list(comparisons)
    names = list(dict.fromkeys(name for one in found for name in one.values))
    head = ["", *names, "goal for ours", "met"]
    return [head, *(_row(one, names) for one in found)]


def _row(one: Comparison, names: Sequence[str]) -> list[str]:
    unit = f", {one.unit}" if one.unit else ""
    met = {True: "yes", False: "NO", None: ""}[one.met]
    return [one.words + unit, *(_cell(one, name) for name in names), one.goal.words, met]


def _cell(one: Comparison, name: str) -> str:
    if not one.values.get(name):
        return "–"
    median, ratio = one.median(name), one.ratio(name)
    shown = f"{median:.3g}" if abs(median) < _FEW else f"{median:,.0f}"
    if one.floor is None or name == one.floor or ratio is None:
        return shown
    return f"{shown} ({ratio:.2f})"
