"""Pinned models come back by themselves after their worker died.

The first attempt comes after half a second, each next one after twice as long, up to a minute. A
worker that dies three times while it loads, and a checkpoint that cannot be loaded, end it: the
model is failed, with the reason, until someone asks for it.
"""

from __future__ import annotations

import asyncio
import logging

from mlx_jupyter.errors import InsufficientMemory, MLXJupyterError, QueueFull, WorkerDied
from mlx_jupyter.pool.conductor import Conductor
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.use import Use

__all__ = ["Comebacks"]

MOST_CRASHES = 3
LONGEST_DELAY_SECONDS = 60.0
STEADY_SECONDS = 300.0
"""A worker that lived for so long starts the delays anew."""

log = logging.getLogger(__name__)


class Comebacks:
    def __init__(self, conductor: Conductor, first_delay_seconds: float) -> None:
        self._conductor = conductor
        self._first_delay_seconds = first_delay_seconds
        self._deaths: dict[str, tuple[int, float]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def died(self, model: str) -> None:
        if not self._wanted(model) or model in self._tasks:
            return
        count, last = self._deaths.get(model, (0, 0.0))
        now = self._conductor.now
        count = 1 if now - last > STEADY_SECONDS else count + 1
        self._deaths[model] = (count, now)
        self._tasks[model] = asyncio.create_task(self._come_back(model, count - 1))
        self._tasks[model].add_done_callback(lambda _: self._tasks.pop(model, None))

    async def finished(self) -> None:
        """When no one tries to come back any more."""
        while self._tasks:
            await asyncio.wait(set(self._tasks.values()))

    async def stop(self) -> None:
        for task in self._tasks.values():
            task.cancel()
        await self.finished()

    async def _come_back(self, model: str, attempts: int) -> None:
        while True:
            delay_seconds = self._first_delay_seconds * 2**attempts
            await asyncio.sleep(min(delay_seconds, LONGEST_DELAY_SECONDS))
            if not self._wanted(model):
                return
            try:
                with self._conductor.lease(model, Use()) as lease:
                    await lease.granted()
                return
            except (InsufficientMemory, QueueFull, WorkerDied) as error:
                attempts += 1
                if self._conductor.scheduler.slot(model).crashes >= MOST_CRASHES:
                    log.warning("%s does not come back: %s", model, error)
                    return
            except MLXJupyterError as error:
                log.warning("%s does not come back: %s", model, error)
                return

    def _wanted(self, model: str) -> bool:
        slot = self._conductor.scheduler.slot(model)
        return slot.pinned and slot.state is State.ABSENT
