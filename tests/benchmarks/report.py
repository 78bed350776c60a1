"""From figures to what is read: medians over rounds, ratios to direct of the same round, goals."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from tests.benchmarks.cost import Cost
from tests.benchmarks.goals import LATENESS_MS, Pair, find_goal
from tests.benchmarks.loop import Lateness, lateness
from tests.benchmarks.metrics import Burst, metrics_of
from tests.benchmarks.rounds import Figure, Run, Work

__all__ = ["Cell", "Report", "Row", "report", "table"]

FLOOR = "direct"
OURS = "ours"
WATCHED = (FLOOR, f"{OURS}, loading", OURS)
"""While direct is busy our loop has nothing to do: that lateness is the machine's own."""


class Cell(Struct, frozen=True):
    """One contestant's median, and that of its ratios to the floor (None where there is none)."""

    median: float
    ratio: float | None


class Row(Struct, frozen=True):
    burst: str
    metric: str
    words: str
    cells: dict[str, Cell]
    goal: str = ""
    met: bool | None = None


class Report(Struct, frozen=True):
    """All of one model; `costs` by burst and contestant; `loop` is how late our server's event loop
    was, by who was busy then."""

    model: str
    rounds: int
    rows: list[Row]
    work: dict[str, Work]
    costs: dict[str, dict[str, Cost]]
    loop: dict[str, Lateness]
    figures: list[Figure]


def report(model: str, bursts: Sequence[Burst], run: Run) -> Report:
    figures = run.figures
    rows = [
        _row(model, burst.key, metric.name, f"{metric.words}, {_burst_words(burst)}", figures)
        for burst in bursts
        for metric in metrics_of(burst)
    ]
    rounds = len({figure.round for figure in figures})
    late = {busy: lateness(run.ticks.get(busy, ())) for busy in WATCHED}
    loop = {busy: summary for busy, summary in late.items() if summary is not None}
    costs = {burst: dict(by_name) for burst, by_name in run.costs.items()}
    return Report(model, rounds, rows, dict(run.work), costs, loop, figures)


def _burst_words(burst: Burst) -> str:
    many = f"{burst.streams} stream" + "s" * (burst.streams > 1)
    return many if burst.stream else "not streamed"


def _row(model: str, burst: str, metric: str, words: str, figures: Iterable[Figure]) -> Row:
    values: defaultdict[str, dict[int, float]] = defaultdict(dict)
    for figure in figures:
        if (figure.burst, figure.metric) == (burst, metric):
            values[figure.contestant][figure.round] = figure.value
    pairs = {name: _pairs(mine, values.get(FLOOR, {})) for name, mine in values.items()}
    cells = {name: _cell(values[name], pairs[name]) for name in values}
    goal = find_goal(model, burst, metric)
    if goal is None or not pairs.get(OURS):
        return Row(burst, metric, words, cells)
    return Row(burst, metric, words, cells, goal.words, goal.met(pairs[OURS]))


def _pairs(mine: Mapping[int, float], floor: Mapping[int, float]) -> list[Pair]:
    return [(mine[number], floor[number]) for number in sorted(mine.keys() & floor.keys())]


def _cell(mine: Mapping[int, float], pairs: Sequence[Pair]) -> Cell:
    ratios = [value / floor for value, floor in pairs if floor]
    ratio = statistics.median(ratios) if ratios else None
    return Cell(statistics.median(mine.values()), ratio)


def table(made: Report) -> str:
    """Lines for a person: each figure, its ratio to direct, the goal, and whether it is met."""
    names = list(dict.fromkeys(figure.contestant for figure in made.figures))
    head = ["", *names, "goal for ours", "met"]
    title = f"{made.model}: medians of {made.rounds} rounds (ratio to direct in the same round)"
    lines = [
        head,
        *(_line(row, names) for row in made.rows),
        *(_cost_line(burst, costs, names) for burst, costs in made.costs.items()),
        *_loop_lines(made, names),
    ]
    return "\n".join([title, *_aligned(lines), *_unequal(made.work)])


def _line(row: Row, names: Sequence[str]) -> list[str]:
    cells = [_shown(row.cells.get(name), name) for name in names]
    return [row.words, *cells, row.goal, _yes_or_no(row.met)]


def _shown(cell: Cell | None, name: str) -> str:
    if cell is None:
        return "-"
    ratio = "" if cell.ratio is None or name == FLOOR else f" ({cell.ratio:.3f})"
    return f"{cell.median:.2f}{ratio}" if cell.median < 10 else f"{cell.median:.1f}{ratio}"


def _yes_or_no(met: bool | None) -> str:
    return {True: "yes", False: "NO", None: ""}[met]


def _cost_line(burst: str, costs: Mapping[str, Cost], names: Sequence[str]) -> list[str]:
    cells = [_cost(costs[name], costs.get(FLOOR)) for name in names]
    words = "not streamed" if burst == "whole" else f"{burst} stream" + "s" * (burst != "1")
    return [f"CPU ms a token, {words}", *cells, "", ""]


def _cost(cost: Cost, floor: Cost | None) -> str:
    """All parts together, the ratio to direct, and each part where there are several."""
    ratio = cost.ms_per_token() / floor.ms_per_token() if floor else None
    parts = [f"{part} {cost.ms_per_token(part):.2f}" for part in cost.cpu_seconds]
    shown = _shown(Cell(cost.ms_per_token(), ratio), FLOOR if cost is floor else "")
    return ", ".join([shown, *(parts if len(parts) > 1 else [])])


def _loop_lines(made: Report, names: Sequence[str]) -> Iterator[list[str]]:
    for busy, late in made.loop.items():
        blank = [""] * (len(names) - 1)
        goal = f"<= {LATENESS_MS:.0f} ms" if busy == OURS else ""
        for words, ms in (("late", late.max_ms), ("working", late.own_max_ms)):
            met = ms <= LATENESS_MS if busy == OURS else None
            p99 = f" (p99 {late.p99_ms:.1f})" if words == "late" else ""
            label = f"loop {words} for at most, ms, busy: {busy}"
            yield [label, *blank, f"{ms:.1f}{p99}", goal, _yes_or_no(met)]


def _unequal(work: Mapping[str, Work]) -> Iterator[str]:
    """A warning where the contestants had not the same to do."""
    if any(one != another for one in work.values() for another in work.values()):
        yield f"NOT COMPARABLE, the work differs: {work}"


def _aligned(lines: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        yield "  ".join(cells).rstrip()
