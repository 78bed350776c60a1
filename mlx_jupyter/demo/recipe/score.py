"""How many questions of a kind a model answered rightly."""

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Score", "score"]


class Score(NamedTuple):
    """The count, and the questions that went wrong with what was answered."""

    right: int
    asked: int
    missed: tuple[tuple[str, str], ...]


def score(marked: Iterable[tuple[str, str, bool]]) -> Score:
    """The score of (question, given answer, is it right)."""
    sheet = tuple(marked)
    missed = tuple((question, given) for question, given, right in sheet if not right)
    return Score(len(sheet) - len(missed), len(sheet), missed)
