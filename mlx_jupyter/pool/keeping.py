"""Tells the workers how much of the prompts they have read they may keep: see `prompt_caches`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from mlx_jupyter.pool.budget import parse_share
from mlx_jupyter.pool.prompt_caches import Kept, plan_limits
from mlx_jupyter.pool.slot import Slot, State

__all__ = ["Keeper", "Keeping"]


class Keeper(Protocol):
    """A worker, as far as it is seen from here."""

    def limit_prompt_cache(self, max_bytes: int) -> None: ...


class Keeping:
    """`share` is the trait `prompt_cache`. `limits` are by model, as planned; a worker that loads
    is told when it is ready. While `paused` nothing is kept."""

    def __init__(self, share: str | int | float) -> None:
        self._share = share
        self.limits: dict[str, int] = {}
        self._told: dict[str, int] = {}
        self.paused = False

    def begin(self, model: str) -> int:
        """What the worker that loads `model` is to be told with the load."""
        self._told[model] = self.limits.get(model, 0)
        return self._told[model]

    def too_much(self, slots: Collection[Slot]) -> bool:
        """Is there a worker that keeps more than it may, as far as it has told?"""
        return any(slot.cache_bytes > self.limits.get(slot.model, 0) for slot in slots)

    def fit(
        self,
        slots: Collection[Slot],
        links: Mapping[str, Keeper],
        free_bytes: int,
        budget_bytes: int,
    ) -> None:
        """`free_bytes` are what is left over for all of `slots`."""
        room_bytes = min(parse_share(self._share, budget_bytes), max(0, free_bytes))
        self.limits = {slot.model: self.limits.get(slot.model, 0) for slot in slots}
        caches = [self._kept(slot) for slot in slots]
        self.limits |= plan_limits(caches, 0 if self.paused else room_bytes)
        for slot in slots:
            if slot.state is State.READY:
                self._tell(slot.model, links[slot.model])

    def _kept(self, slot: Slot) -> Kept:
        busy = bool(slot.leases) or slot.state is State.LOADING
        limit_bytes = self.limits[slot.model]
        return Kept(slot.model, slot.cache_bytes, limit_bytes, busy, slot.last_used)

    def _tell(self, model: str, link: Keeper) -> None:
        if self._told.get(model) != self.limits[model]:
            self._told[model] = self.limits[model]
            link.limit_prompt_cache(self.limits[model])
