"""The budget as the parts of one bar.

weights   of a model that is loaded
keys      keys and values of its running requests, or what a reading says beyond its weights
features  of pictures, which a model keeps for the next question about them
moving    a model that loads or is being unloaded: its memory is taken, or not yet free
caches    prompt caches, pictures, and buffers that workers keep for reuse
spare     workers that wait for a model
others    what other programs have taken of the part of the budget that no model holds
free      the rest

The parts add up to the budget, or to what is used if that is more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlx_jupyter.wire.pool import AdminStatus, SlotStatus

__all__ = ["Part", "Segment", "segments", "used_bytes"]

Part = Literal["weights", "keys", "features", "moving", "caches", "spare", "others", "free"]
_NOT_USED = ("others", "free")


@dataclass(frozen=True)
class Segment:
    """`model` is empty for parts that belong to none."""

    part: Part
    model: str
    count_bytes: int


def segments(status: AdminStatus) -> tuple[Segment, ...]:
    """In the order of the bar, without empty parts."""
    features = {cache.model: cache.image_cache_bytes for cache in status.prompt_caches}
    slots = status.slots
    models = [part for slot in slots for part in _of_slot(slot, features.get(slot.model, 0))]
    ledger, host = status.ledger, status.host
    left = max(0, ledger.budget_bytes - sum(part.count_bytes for part in models))
    spare = min(ledger.spare_bytes, left)
    # Buffers are on no ledger, so there may be more of them than the budget has room for.
    buffers = sum(cache.cached_bytes for cache in status.prompt_caches)
    caches = min(ledger.cached_bytes + buffers, left - spare)
    left -= spare + caches
    free = min(left, host.available_bytes)
    rest = [
        Segment("caches", "", caches),
        Segment("spare", "", spare),
        Segment("others", "", left - free),
        Segment("free", "", free),
    ]
    return tuple(part for part in [*models, *rest] if part.count_bytes > 0)


def _of_slot(slot: SlotStatus, features_bytes: int) -> list[Segment]:
    if slot.state != "ready":
        return [Segment("moving", slot.model, slot.booked_bytes)]
    weights = min(slot.footprint_bytes, slot.booked_bytes)
    beyond = slot.booked_bytes - weights
    features = min(features_bytes, beyond)
    return [
        Segment("weights", slot.model, weights),
        Segment("keys", slot.model, beyond - features),
        Segment("features", slot.model, features),
    ]


def used_bytes(parts: tuple[Segment, ...]) -> int:
    return sum(part.count_bytes for part in parts if part.part not in _NOT_USED)
