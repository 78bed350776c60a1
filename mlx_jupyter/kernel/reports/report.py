"""What all reports share: sentences, then a table, as plain text and as HTML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Any

from mlx_jupyter.kernel.shown import is_shown
from mlx_jupyter.kernel.table import Table

__all__ = ["Report"]


class Report(ABC):
    """Shown by IPython as the result of its cell; `str(report)` is the plain text."""

    shown_in_cell: int | None = None
    """The execution count of the cell whose output already shows this report."""

    @abstractmethod
    def sentences(self) -> list[str]: ...

    def table(self) -> Table | None:
        return None

    def as_plain(self) -> str:
        table = self.table()
        said = "\n".join(self.sentences())
        if table is None:
            return said
        return f"{said}\n\n{table.as_plain()}" if said else table.as_plain()

    def as_html(self) -> str:
        table = self.table()
        said = "<br>".join(escape(sentence) for sentence in self.sentences())
        paragraph = f"<p>{said}</p>" if said else ""
        return f"<div>{paragraph}{table.as_html() if table else ''}</div>"

    def bundle(self) -> dict[str, str]:
        return {"text/plain": self.as_plain(), "text/html": self.as_html()}

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return self.bundle()

    def _ipython_display_(self) -> None:
        """Shows nothing, once, in the cell where the report stands already; see `Answer`."""
        shown, self.shown_in_cell = self.shown_in_cell, None
        if not is_shown(shown):
            raise NotImplementedError

    def __repr__(self) -> str:
        return self.as_plain()
