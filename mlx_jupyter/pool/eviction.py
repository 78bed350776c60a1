"""Which models leave, in which order. Pure.

    lru      the one whose last use ended longest ago, then the next, until there is room
    largest  the largest first: as few as possible leave
    smart    the coldest that alone makes the room; where none does, the largest, and again
             (oMLX, pull request 3306: plain LRU evicted three small models to place a big one)

Only models that are ready and that nobody uses or pins are offered to be evicted. Those in use may
be waited for: after all that are idle, in the same order.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

__all__ = ["Policy", "Room", "Seat", "choose", "in_order"]


class Policy(Enum):
    LRU = "lru"
    LARGEST = "largest"
    SMART = "smart"


class Room(NamedTuple):
    """What a model takes and a pool has: bytes, and places for models (`max_models`)."""

    size_bytes: int
    places: int

    def plus(self, other: Room) -> Room:
        return Room(self.size_bytes + other.size_bytes, self.places + other.places)

    def minus(self, other: Room) -> Room:
        return Room(self.size_bytes - other.size_bytes, self.places - other.places)

    def covers(self, need: Room) -> bool:
        """What is not needed may be wanting: places may be, after `max_models` was lowered."""
        return (self.size_bytes >= need.size_bytes or not need.size_bytes) and (
            self.places >= need.places or not need.places
        )


class Seat(NamedTuple):
    """What would be free if `model` left it; `last_used` in seconds."""

    model: str
    room: Room
    last_used: float


def choose(seats: Sequence[Seat], free: Room, need: Room, policy: Policy) -> list[Seat] | None:
    """Those of `seats` that have to leave so that `need` fits into `free`, in order; None if all of
    them together are not enough."""
    chosen: list[Seat] = []
    rest = in_order(seats, policy)
    while not free.covers(need):
        if not rest:
            return None
        victim = _alone_enough(rest, free, need) if policy is Policy.SMART else None
        victim = victim or rest[0]
        rest.remove(victim)
        chosen.append(victim)
        free = free.plus(victim.room)
    return chosen


def in_order(seats: Sequence[Seat], policy: Policy) -> list[Seat]:
    """Who leaves first, first. Of equals the one that was used longest ago, then by name."""
    if policy is Policy.LRU:
        return sorted(seats, key=lambda seat: (seat.last_used, seat.model))
    return sorted(seats, key=lambda seat: (-seat.room.size_bytes, seat.last_used, seat.model))


def _alone_enough(seats: Sequence[Seat], free: Room, need: Room) -> Seat | None:
    """The coldest of those that alone make the room."""
    enough = (seat for seat in in_order(seats, Policy.LRU) if free.plus(seat.room).covers(need))
    return next(enough, None)
