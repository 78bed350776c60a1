"""`%mlx doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from mlx_jupyter.kernel.doctor.step import Step, verdict
from mlx_jupyter.kernel.reports.report import Report

__all__ = ["DoctorReport"]

_HEAD = "".join(f'<th style="text-align: left">{name}</th>' for name in ("", "What", "Found"))


@dataclass(repr=False, eq=False)
class DoctorReport(Report):
    """The steps in the order in which things depend on each other, and at last one sentence."""

    steps: list[Step]

    @property
    def verdict(self) -> str:
        return verdict(self.steps)

    def sentences(self) -> list[str]:
        return [self.verdict]

    def as_plain(self) -> str:
        """A step a line, and what to do below it: side by side they are too wide for most pages."""
        width = max((len(step.part) for step in self.steps), default=0)
        lines = [line for step in self.steps for line in _lines(step, width)]
        return "\n".join([*lines, "", self.verdict])

    def as_html(self) -> str:
        head = f"<thead><tr>{_HEAD}</tr></thead>"
        rows = "".join(map(_row, self.steps))
        said = escape(self.verdict)
        return f"<div><table>{head}<tbody>{rows}</tbody></table><p>{said}</p></div>"


def _row(step: Step) -> str:
    todo = f"<br>→ {escape(step.todo)}" if step.todo else ""
    cells = (escape(step.mark.value), escape(step.part), escape(step.said) + todo)
    # A sign that is parted from its word reads as two rows.
    styles = ("text-align: left; white-space: nowrap", *["text-align: left"] * 2)
    pairs = zip(styles, cells, strict=True)
    return "<tr>" + "".join(f'<td style="{style}">{cell}</td>' for style, cell in pairs) + "</tr>"


def _lines(step: Step, width: int) -> list[str]:
    head = f"{step.mark.value:<7}  {step.part:<{width}}  {step.said}"
    return [head, f"{'':<7}  {'':<{width}}  → {step.todo}"] if step.todo else [head]
