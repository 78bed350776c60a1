"""`%mlx doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from mlx_jupyter.kernel.doctor.step import Step, verdict
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table

__all__ = ["DoctorReport"]


@dataclass(repr=False, eq=False)
class DoctorReport(Report):
    """The steps in the order in which things depend on each other, and at last one sentence."""

    steps: list[Step]

    @property
    def verdict(self) -> str:
        return verdict(self.steps)

    def sentences(self) -> list[str]:
        return [self.verdict]

    def table(self) -> Table:
        rows = [(step.mark.value, step.part, step.said, step.todo) for step in self.steps]
        return Table(("", "What", "Found", "To do"), rows)

    def as_plain(self) -> str:
        """A step a line, and what to do below it: a table would be wider than a terminal."""
        width = max((len(step.part) for step in self.steps), default=0)
        lines = [line for step in self.steps for line in _lines(step, width)]
        return "\n".join([*lines, "", self.verdict])

    def as_html(self) -> str:
        return f"<div>{self.table().as_html()}<p>{escape(self.verdict)}</p></div>"


def _lines(step: Step, width: int) -> list[str]:
    head = f"{step.mark.value:<7}  {step.part:<{width}}  {step.said}"
    return [head, f"{'':<7}  {'':<{width}}  → {step.todo}"] if step.todo else [head]
