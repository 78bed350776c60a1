"""Whose turn it is to read a piece of its prompts, where one at a time does. Pure.

To read goes through all weights, however few the tokens: up to eight take as long as one (60M model
on 2 cores), and on any chip as long as a step. Of several that read in every step each would get so
few that most of the time went into that. A turn each gives them 1.4 to 4.5 times the tokens beside
a stream, and the stream narrower gaps (a prompt of 4,000 tokens, short ones coming; simulated).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

__all__ = ["Rota"]

Name = TypeVar("Name", bound=Hashable)


class Rota(Generic[Name]):
    """Each gets turns by how many prompts it reads, and so a prompt in a crowd as many tokens as
    one alone; nobody waits for ever."""

    def __init__(self) -> None:
        self._waited: dict[Name, int] = {}

    def next(self, prompts: Mapping[Name, int]) -> Name | None:
        """One of those that have so many prompts to read; None for nobody."""
        self._waited = {one: self._waited.get(one, 0) + count for one, count in prompts.items()}
        if not self._waited:
            return None
        name = max(self._waited, key=lambda one: self._waited[one])
        self._waited[name] = 0
        return name
