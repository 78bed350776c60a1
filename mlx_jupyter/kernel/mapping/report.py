"""Many answers as a line and a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.row import Row, without_addresses
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table
from mlx_jupyter.kernel.units import duration
from mlx_jupyter.wire.generation import Usage

__all__ = ["AnswersReport", "short"]

_MOST_ROWS = 20
_MOST_CHARACTERS = 100
_MOST_OF_AN_ITEM = 60
_WORTH_TELLING_SECONDS = 0.05


class _Answers(Protocol):
    answers: list[Answer]
    items: Items
    failed: dict[int, str]
    partial: bool
    resumed: int
    seconds: float

    @property
    def usage(self) -> Usage: ...
    def done(self, at: int) -> bool: ...


@dataclass(repr=False, eq=False)
class AnswersReport(Report):
    """Of many answers the first twenty, each as one line."""

    answered: _Answers

    def sentences(self) -> list[str]:
        answered = self.answered
        total = len(answered.answers)
        done = sum(answered.done(at) for at in range(total))
        count = f"{done:,} of {total:,} answers" if done < total else _counted(total, "answer")
        models = dict.fromkeys(answer.model for answer in answered.answers if answer.model)
        facts = [count, *models, f"{answered.usage.completion_tokens:,} tokens"]
        if answered.resumed:
            facts.append(f"{'all' if answered.resumed == total else answered.resumed} from before")
        if answered.seconds >= _WORTH_TELLING_SECONDS:
            facts.append(duration(answered.seconds))
        if answered.partial:
            facts.append("interrupted")
        said = [" · ".join(facts)]
        if answered.failed:
            at, error = next(iter(answered.failed.items()))
            which = f"item {answered.items.label(at)}"
            said.append(f"{len(answered.failed):,} failed; {which}: {short(error)}")
        return said

    def table(self) -> Table:
        total = len(self.answered.answers)
        rows: list[tuple[str, ...]] = [self._row(at) for at in range(min(total, _MOST_ROWS))]
        if total > _MOST_ROWS:
            rows.append(("…", f"{total - _MOST_ROWS:,} more", ""))
        return Table(("", "Item", "Answer"), rows)

    def _row(self, at: int) -> tuple[str, ...]:
        answered = self.answered
        answer = answered.answers[at]
        said = f"⚠ {answered.failed[at]}" if at in answered.failed else answer.text
        if answer.partial and at not in answered.failed:
            said = f"{said} [interrupted]".strip()
        item = short(answered.items.values[at], _MOST_OF_AN_ITEM)
        return (str(answered.items.label(at)), item, short(said))


def short(value: object, most: int = _MOST_CHARACTERS) -> str:
    """A line of it. A text, and a row of a table, are as they are written."""
    text = str(value) if isinstance(value, str | Row) else without_addresses(repr(value))
    text = " ".join(text[: 4 * most].split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
