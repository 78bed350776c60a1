"""Prompts that begin alike are read once: who reads, who waits for whom, who goes on from where.

Decided anew before each turn, from what has been read so far, so that nothing has to be kept in
step: when a reader is cancelled, whoever waited for it finds another, or reads itself. For each
prompt, in the order of arrival, that has a place in the batch:

1. Nobody reads, or has read, `LEAST_TOKENS` more of its beginning than it has already: it starts.
2. Somebody will have read more of it after the next turns than now: it waits. A reader that starts
   in the same turn stops where the paths part, and then all go on together; where some of those
   share more among themselves, the first of them reads on for the others.
3. Somebody has read it: it goes on from a copy. Where that has been read further, the copy is cut,
   which keys and values let do; of a state, or of a full sliding window, only a copy from the very
   place will do, so there it is taken at the last stop that still is common to both.

Who waits takes up its place in the batch: others that came later do not get ahead.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = [
    "LEAST_TOKENS",
    "Begin",
    "Hold",
    "Reader",
    "Tokens",
    "Waiter",
    "bounds_of",
    "common",
    "plan",
]

LEAST_TOKENS = 32
"""Fewer are not waited for. To wait costs a turn more: at 60M parameters on a CPU as much as a
dozen tokens, at 3M as much as 30."""
Tokens = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Reader:
    """`read` of its tokens are in its keys and values, `next_read` after the next turn; as long as
    it is in `reach` they can be cut. `fresh`: it starts now, so it can still be told to stop."""

    number: int
    tokens: Tokens
    read: int
    next_read: int
    reach: float
    fresh: bool = False


@dataclass(frozen=True)
class Waiter:
    """It has `known` tokens already, of an earlier request."""

    number: int
    tokens: Tokens
    known: int


@dataclass
class Begin:
    """It reads from what it knows; or, with a `reader`, from the first `tokens` of what that has
    read. Others leave it at its `stops`."""

    number: int
    reader: int | None = None
    tokens: int = 0
    stops: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Hold:
    """It waits until `reader` has read `tokens` tokens."""

    number: int
    reader: int
    tokens: int


def common(one: Tokens, other: Tokens) -> int:
    """How many tokens both begin with."""
    length = min(len(one), len(other))
    different = one[:length] != other[:length]
    first = int(different.argmax()) if length else 0
    return first if length and different[first] else length


def plan(waiters: Sequence[Waiter], readers: Sequence[Reader], reach: float) -> list[Begin | Hold]:
    """One decision for each of the waiters, all of which have a place. `reach` is that of the
    model's caches."""
    begun: dict[int, Begin] = {}
    known_readers = list(readers)
    decisions = []
    for waiter in waiters:
        decision = _decide(waiter, known_readers)
        if isinstance(decision, Begin):
            begun[waiter.number] = decision
            read = max(waiter.known, decision.tokens)
            fresh = Reader(waiter.number, waiter.tokens, read, read, reach, fresh=True)
            known_readers.append(fresh)
        elif decision.reader in begun:
            begun[decision.reader].stops.add(decision.tokens)
        decisions.append(decision)
    return decisions


def _decide(waiter: Waiter, readers: Sequence[Reader]) -> Begin | Hold:
    """What is there now, unless to wait brings `LEAST_TOKENS` more: a reader that goes on by a
    token or two would not stop there (`bounds_of`), and who had waited for it read all anew."""
    offers = [offer for reader in readers if (offer := _offer(waiter, reader)) is not None]
    best: Begin | Hold = Begin(waiter.number)
    most = waiter.known
    for kind in (Begin, Hold):
        some = [offer for offer in offers if isinstance(offer, kind)]
        offer = max(some, key=lambda one: one.tokens, default=None)
        if offer is not None and offer.tokens >= most + LEAST_TOKENS:
            best, most = offer, offer.tokens
    return best


def _offer(waiter: Waiter, reader: Reader) -> Begin | Hold | None:
    """What the reader has for the waiter, whose last token must be read anew: it makes the first
    logits."""
    shared = min(common(waiter.tokens, reader.tokens), len(waiter.tokens) - 1)
    if reader.read < shared:
        if reader.fresh or reader.next_read <= max(shared, reader.reach):
            return Hold(waiter.number, reader.number, shared)
        return Begin(waiter.number, reader.number, reader.read)
    if not reader.fresh and (reader.read == shared or reader.read <= reader.reach):
        return Begin(waiter.number, reader.number, shared)
    return None


def bounds_of(known: int, places: Iterable[int], last: int, chunk_tokens: int) -> tuple[int, ...]:
    """Where a prompt is paused that is read from `known` on: those of `places` that lie between,
    and the last.

    No piece leaves a single token for a turn of its own, before another of more: in mlx-lm 0.32.2
    the sliding windows of a batch are wrong after that. Such a place is put one token earlier,
    where the paths have not parted yet.
    """
    stops: list[int] = []
    start = known
    for place in sorted(place for place in places if known < place < last):
        end = place - 1 if (place - start) % chunk_tokens == 1 else place
        if end > start:
            stops.append(end)
            start = end
    return (*stops, last) if last > known else ()
