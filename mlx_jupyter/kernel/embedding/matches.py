"""What a search has found."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.table import Table

__all__ = ["Match", "Matches"]

_TEXT_CHARACTERS = 100


@dataclass(frozen=True)
class Match:
    """`index` is the row's position, `label` what a pandas index calls it. `text` is None where
    vectors were searched."""

    index: int
    score: float
    text: str | None = None
    label: object = None


class Matches(list[Match]):
    """The best first; a table, where a notebook or a terminal shows it."""

    def __repr__(self) -> str:
        return self._table().as_plain() if self else "No matches."

    def _repr_html_(self) -> str | None:
        return self._table().as_html() if self else None

    def _table(self) -> Table:
        rows = [(_name(match), f"{match.score:.3f}", _short(match.text or "")) for match in self]
        return Table(("Row", "Score", "Text"), rows, frozenset({"Row", "Score"}))


def _name(match: Match) -> str:
    return str(match.index if match.label is None else match.label)


def _short(text: str) -> str:
    return text if len(text) <= _TEXT_CHARACTERS else text[: _TEXT_CHARACTERS - 1] + "…"
