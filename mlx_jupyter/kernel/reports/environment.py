"""`%mlx env`."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from mlx_jupyter.kernel.reports.report import Report

__all__ = ["EnvironmentReport"]

_WARNING = "The key is in this notebook's output now: clear it before you save or share."


@dataclass(repr=False, eq=False)
class EnvironmentReport(Report):
    """`text` is for another program, word for word."""

    text: str
    shows_key: bool

    def sentences(self) -> list[str]:
        return [_WARNING] if self.shows_key else []

    def as_plain(self) -> str:
        return "\n\n".join([self.text, *self.sentences()])

    def as_html(self) -> str:
        said = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.sentences())
        return f"<div><pre>{escape(self.text)}</pre>{said}</div>"
