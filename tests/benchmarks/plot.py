"""The comparisons as a picture: a row for each, a point for each contestant's ratio to the floor, a
line over all its rounds, and a mark where the goal is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from tests.benchmarks.comparison import OURS, Comparison

__all__ = ["plot"]

WIDTH_INCHES, ROW_INCHES, MARGIN_INCHES = 9.0, 0.55, 1.4
COLOURS = ("#777777", "#f37726", "#4477aa", "#66a61e", "#aa3377", "#a6761d")
SPREAD = 0.5


def plot(comparisons: Sequence[Comparison], file: Path, title: str) -> None:
    """Writes a PNG."""
    height = MARGIN_INCHES + ROW_INCHES * len(comparisons)
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots()
    names = list(dict.fromkeys(name for one in comparisons for name in one.values))
    names.sort(key=lambda name: name != OURS)
    for place, name in enumerate(names):
        _points(
            axes, comparisons, name, COLOURS[(place + 1) % len(COLOURS)], (place + 0.5) / len(names)
        )
    for row, one in enumerate(comparisons):
        bound = one.goal.least if one.goal.least is not None else one.goal.most
        if bound is not None:
            axes.plot([bound, bound], [row - 0.4, row + 0.4], color="black", linewidth=1)
    axes.axvline(1, color="#bbbbbb", linewidth=1, zorder=0)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_yticks(range(len(comparisons)), [one.words.strip() for one in comparisons])
    axes.invert_yaxis()
    axes.set_xlabel("ratio to mlx-lm called directly, in the same round; black: the goal")
    axes.set_title(title, fontsize="medium")
    axes.legend(fontsize="small")
    figure.savefig(file, dpi=110)


def _points(
    axes: Axes, comparisons: Sequence[Comparison], name: str, colour: str, place: float
) -> None:
    shown = False
    for row, one in enumerate(comparisons):
        if name not in one.values or name == one.floor:
            continue
        ratios, at = one.ratios(name), row + SPREAD * (place - SPREAD)
        if not ratios:
            continue
        label = None if shown else name
        axes.plot([min(ratios), max(ratios)], [at, at], color=colour, linewidth=1)
        axes.plot([one.ratio(name)], [at], "o", color=colour, label=label)
        shown = True
