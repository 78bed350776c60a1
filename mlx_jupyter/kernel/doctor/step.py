"""One line of a diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = ["Mark", "Step", "verdict"]


class Mark(Enum):
    """A sign and a word: neither colour nor a sign alone says how it is."""

    OK = "✓ ok"
    NO = "– no"
    """Looked at, and not the way; nothing is wrong with that."""
    NOTE = "! note"
    WRONG = "✗ wrong"


@dataclass(frozen=True)
class Step:
    """`part` is what was looked at, `said` what was found, `todo` what to do about it, if
    anything."""

    part: str
    mark: Mark
    said: str
    todo: str = ""


def verdict(steps: list[Step]) -> str:
    """One sentence: what is wrong first, else how much is worth a look."""
    wrong = [step for step in steps if step.mark is Mark.WRONG]
    if wrong:
        more = f" ({len(wrong) - 1} more below that)" if len(wrong) > 1 else ""
        return f"Not well: {wrong[0].said} {wrong[0].todo}".strip() + more
    notes = sum(step.mark is Mark.NOTE for step in steps)
    if notes:
        return f"It works; {notes} {'note' if notes == 1 else 'notes'} above may be worth a look."
    return "All is well."
