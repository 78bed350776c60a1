"""How much each worker may keep of the prompts it has read. Pure.

All of them together have `room`: the trait `prompt_cache`, or what models, pictures, tokenizers and
spares leave of the budget, if that is less. Of n workers

1. One that nobody uses keeps what it has, up to its fair share, an n-th of the room.
2. Those in use share the rest alike; where none is, it is for the one that was used last.
3. Nothing is said as long as the limits fit into the room and nobody in use is cramped: a limit
   that followed every request would throw away what the next one could have used.
4. A limit is raised only into room that is free now: what another has to give back counts as its
   own until it is seen to be gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Kept", "plan_limits"]

CRAMPED_SHARE = 0.75
LEAST_GAIN_SHARE = 1 / 16
"""Of the room: less is not worth a message."""


@dataclass(frozen=True)
class Kept:
    """What the worker of `model` keeps, and what it was told last that it may; `last_used` in
    seconds."""

    model: str
    used_bytes: int
    limit_bytes: int
    busy: bool
    last_used: float


def plan_limits(caches: Sequence[Kept], room_bytes: int) -> dict[str, int]:
    """The new limits, of those only that change."""
    wanted = _wanted(caches, max(0, room_bytes))
    if sum(one.limit_bytes for one in caches) <= room_bytes and not any(
        _cramped(one, wanted[one.model], room_bytes) for one in caches
    ):
        return {}  # 3
    limits = _raised(caches, wanted, room_bytes)
    return {one.model: limits[one.model] for one in caches if limits[one.model] != one.limit_bytes}


def _wanted(caches: Sequence[Kept], room_bytes: int) -> dict[str, int]:
    if not caches:
        return {}
    share_bytes = room_bytes // len(caches)
    last = max(caches, key=lambda one: (one.last_used, one.model))
    active = [one.model for one in caches if one.busy] or [last.model]
    wanted = {
        one.model: min(one.used_bytes, one.limit_bytes, share_bytes)
        for one in caches
        if one.model not in active
    }  # 1
    rest_bytes = room_bytes - sum(wanted.values())
    return wanted | {model: rest_bytes // len(active) for model in active}  # 2


def _cramped(one: Kept, wanted_bytes: int, room_bytes: int) -> bool:
    gain_bytes = wanted_bytes - one.limit_bytes
    full = one.used_bytes >= CRAMPED_SHARE * one.limit_bytes
    return full and gain_bytes > 0 and gain_bytes >= LEAST_GAIN_SHARE * room_bytes


def _raised(caches: Sequence[Kept], wanted: dict[str, int], room_bytes: int) -> dict[str, int]:
    """All are lowered at once; what is then free raises the others, in their order."""
    limits = {one.model: min(one.limit_bytes, wanted[one.model]) for one in caches}
    held_bytes = sum(max(one.used_bytes, limits[one.model]) for one in caches)
    free_bytes = max(0, room_bytes - held_bytes)  # 4
    for one in sorted(caches, key=lambda one: -one.last_used):
        gain_bytes = min(free_bytes, wanted[one.model] - limits[one.model])
        limits[one.model] += gain_bytes
        free_bytes -= gain_bytes
    return limits
