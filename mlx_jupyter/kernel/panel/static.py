"""A panel as a picture of one moment: for saved notebooks, GitHub, nbconvert and terminals."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mlx_jupyter.kernel.panel.markup import bar, legend, table
from mlx_jupyter.kernel.panel.state import PoolView, headline
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table

__all__ = ["StaticPanel"]


@dataclass(repr=False, eq=False)
class StaticPanel(Report):
    """What the pool held at `view.at`. `hint` says why nothing moves, where there is a reason."""

    view: PoolView
    hint: str = ""

    @property
    def stamp(self) -> str:
        """With the day and the zone: a notebook is read much later, and elsewhere."""
        return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(self.view.at))

    def sentences(self) -> list[str]:
        said = [f"MLX memory as of {self.stamp}: {headline(self.view)}"]
        return [*said, self.hint] if self.hint else said

    def table(self) -> Table | None:
        if not self.view.rows:
            return None
        rows = [
            (row.model, row.kind, row.size, row.state, ", ".join(row.facts), row.error)
            for row in self.view.rows
        ]
        columns = ("Model", "Kind", "Size", "State", "Details", "Error")
        return Table(columns, rows, frozenset({"Size"}))

    def as_html(self) -> str:
        hint = f"<p>{self.hint}</p>" if self.hint else ""
        caption = f"MLX memory as of {self.stamp}: {headline(self.view)}"
        return f"<div>{bar(self.view)}{legend(self.view)}{table(self.view, caption)}{hint}</div>"
