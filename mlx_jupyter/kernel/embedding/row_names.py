"""What the rows of a column are called in a message."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["RowNames"]

_NAMED = 3


@dataclass(frozen=True)
class RowNames:
    """A row is called by its label: that of a Series, the number of a line; else by its position,
    from 0 on. One that stands `alone` is but "the text"."""

    labels: Sequence[object] | None = None
    noun: str = "row"
    alone: bool = False

    def of(self, *rows: int) -> str:
        """`row 3`, `rows 3 and 17`, `rows 3, 17, 20 and 5 more`."""
        if self.alone:
            return f"the {self.noun}"
        named = [self._label(row) for row in rows[:_NAMED]]
        if len(rows) == 1:
            return f"{self.noun} {named[0]}"
        rest = len(rows) - len(named)
        last = f"{rest:,} more" if rest else named.pop()
        return f"{self.noun}s {', '.join(named)} and {last}"

    def at_head(self, *rows: int) -> str:
        """As `of`, where a sentence begins."""
        name = self.of(*rows)
        return name[0].upper() + name[1:]

    def _label(self, row: int) -> str:
        return str(row if self.labels is None else self.labels[row])
