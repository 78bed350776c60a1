"""Tells the workers how much of the prompts they have read they may keep: see `prompt_caches`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Protocol

from mlx_jupyter.pool.budget import parse_share
from mlx_jupyter.pool.prompt_caches import Kept, plan_limits
from mlx_jupyter.pool.slot import Slot, State

__all__ = ["Keeper", "Keeping"]

GIVE_BACK_SECONDS = 0.25


class Keeper(Protocol):
    """A worker, as far as it is seen from here."""

    def limit_prompt_cache(self, max_bytes: int) -> None: ...
    def shed(self) -> None: ...


class Keeping:
    """`share` is the trait `prompt_cache`. `slots` gives the seats, loading or ready, of models
    that may keep prompts, and `links` has their workers. `limits` are by model, as planned; a
    worker that loads is told when it is ready. While `paused` nothing is kept."""

    def __init__(
        self,
        share: str | int | float,
        slots: Callable[[], Collection[Slot]],
        links: Mapping[str, Keeper],
    ) -> None:
        self._share = share
        self._slots = slots
        self._links = links
        self._told: dict[str, int] = {}
        self._news = asyncio.Event()
        self.limits: dict[str, int] = {}
        self.paused = False

    @property
    def used_bytes(self) -> int:
        return sum(slot.cache_bytes for slot in self._slots())

    def begin(self, model: str) -> int:
        """What the worker that loads `model` is to be told with the load."""
        self._told[model] = self.limits.get(model, 0)
        return self._told[model]

    def fit(self, free_bytes: int, budget_bytes: int) -> None:
        """`free_bytes` are what is left over for all of them."""
        slots = self._slots()
        room_bytes = min(parse_share(self._share, budget_bytes), max(0, free_bytes))
        self.limits = {slot.model: self.limits.get(slot.model, 0) for slot in slots}
        caches = [self._kept(slot) for slot in slots]
        self.limits |= plan_limits(caches, 0 if self.paused else room_bytes)
        for slot in slots:
            if slot.state is State.READY:
                self._tell(slot.model)

    def shed(self) -> None:
        """Have all be given back, whatever the limits are."""
        for slot in self._slots():
            if slot.cache_bytes:
                self._links[slot.model].shed()

    def heard(self) -> None:
        """A worker has told what it has in use."""
        self._news.set()

    async def given_back(self) -> None:
        """When nobody keeps more than he may: a load is to find the room that was made for it. A
        worker in the midst of a long step is not waited for."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GIVE_BACK_SECONDS):
                while any(one.cache_bytes > self.limits.get(one.model, 0) for one in self._slots()):
                    self._news.clear()
                    await self._news.wait()

    def _kept(self, slot: Slot) -> Kept:
        busy = bool(slot.leases) or slot.state is State.LOADING
        limit_bytes = self.limits[slot.model]
        return Kept(slot.model, slot.cache_bytes, limit_bytes, busy, slot.last_used)

    def _tell(self, model: str) -> None:
        if self._told.get(model) != self.limits[model]:
            self._told[model] = self.limits[model]
            self._links[model].limit_prompt_cache(self.limits[model])
