"""One row of the batch, from its arrival to its end: how much of its prompt is known, and read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Row
from mlx_jupyter.worker.kv import KV
from mlx_jupyter.worker.prefixes import Reader, Tokens, Waiter, bounds_of

__all__ = ["Line"]

NEAR_TOKENS = 32


@dataclass(eq=False)
class Line:
    """`known` tokens of the prompt need not be read: `kv` holds them until it is its turn. Those
    that are `alone` share nothing; one that `returns` had been here before. `partings` are places
    where its keys and values are kept."""

    number: int
    tokens: Tokens
    row: Row
    partings: tuple[int, ...] = ()
    known: int = 0
    kv: KV | None = None
    alone: bool = False
    looked_up: bool = False
    returns: bool = False
    read: int = 0
    """With what was written."""
    stops: tuple[int, ...] = ()

    def segments(self, stops: Iterable[int]) -> list[list[int]]:
        """What there is to read, from now on, in pieces that end at the stops."""
        self.read = self.known
        places = {*stops, *self.partings}
        self.stops = bounds_of(self.known, places, len(self.tokens) - 1, PREFILL_TOKENS)
        bounds = [self.known, *self.stops, len(self.tokens)]
        return [self.tokens[start:end].tolist() for start, end in pairwise(bounds)]

    @property
    def pauses(self) -> bool:
        """It has come to a place from where it can go on in more than one way. The last token is
        always read apart; what is kept before it is worth it where the last place is far."""
        if self.read not in self.stops:
            return False
        before = max((stop for stop in self.stops if stop < self.read), default=self.known)
        return self.read != self.stops[-1] or self.read - before >= NEAR_TOKENS

    def waiter(self) -> Waiter:
        return Waiter(self.number, self.tokens, self.known)

    def reader(self, reach: float) -> Reader:
        return Reader(self.number, self.tokens, self.read, self._next_read, reach)

    @property
    def _next_read(self) -> int:
        """After the next turn. Once all but the last token is read, that and the first token that
        is written follow at once."""
        ahead = [stop for stop in self.stops if stop > self.read]
        return min(self.read + PREFILL_TOKENS, ahead[0]) if ahead else self.read + 2
