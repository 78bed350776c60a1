"""Looks once a second: at the machine's memory, at workers that say nothing, at who waits.

Under pressure (`pressure`) caches go first, and prompts are not kept until it is over; then idle
models that nobody pinned leave, one a look; then new loads are refused until there is memory again.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

from mlx_jupyter.pool.conductor import Conductor
from mlx_jupyter.pool.events import Events
from mlx_jupyter.pool.host import cpu_seconds
from mlx_jupyter.pool.pressure import Pressure, Step
from mlx_jupyter.pool.settings import PoolSettings
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Watch"]

COMPUTING_FACTOR = 10
"""How much longer a worker that uses the processor may say nothing."""

log = logging.getLogger(__name__)


class Watch:
    def __init__(self, settings: PoolSettings, conductor: Conductor, events: Events) -> None:
        self._settings = settings
        self._conductor = conductor
        self._events = events
        self._pressure = Pressure()
        self._told_bytes: int | None = None
        self.hang_seconds = settings.hang_seconds
        self._cpu_seconds: dict[int, float] = {}
        self.level = "normal"

    async def run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(self._settings.watch_seconds)

    def look(self) -> None:
        conductor = self._conductor
        conductor.host = self._settings.read_host()
        step = self._pressure.observe(conductor.host)
        conductor.pause_keeping(paused=step.level != "normal")
        self._act(step)
        self._end_hung_workers()
        if conductor.scheduler.queue:
            conductor.tell(conductor.scheduler.tick)
        self._say_memory()

    def _act(self, step: Step) -> None:
        conductor, acted = self._conductor, step.action
        if step.action == "shed":
            for cache in self._settings.caches:
                cache.shed()
            for link in conductor.links.values():
                link.shed()
            conductor.tokenizers.shed()
        elif step.action == "evict":
            idle = conductor.scheduler.evictable
            conductor.tell(lambda now: conductor.scheduler.press(step.reason, now))
            if not idle:
                self._pressure.nothing_left()
                acted = "none"
        elif step.action in ("refuse", "relax"):
            refusing = step.reason if step.action == "refuse" else None
            conductor.set_limits(replace(conductor.scheduler.limits, refusing=refusing))
            conductor.tell(conductor.scheduler.tick)
        if step.level != self.level or acted != "none":
            self.level = step.level
            log.info("memory pressure: %s", step.reason)
            self._events.publish(
                "pressure",
                state=step.level,
                reason=step.reason,
                host_available_bytes=conductor.host.available_bytes,
            )

    def _end_hung_workers(self) -> None:
        for model, link in list(self._conductor.links.items()):
            seconds = link.silent_seconds(self._conductor.now)
            if seconds > self.hang_seconds and not self._may_compute(link, seconds):
                log.warning("the worker of %s has said nothing for %.0f s", model, seconds)
                link.end_hung(f"it said nothing for {seconds:.1f} s and was ended")

    def _may_compute(self, link: WorkerLink, seconds: float) -> bool:
        """It used the processor since the last look: a prefill on a slow one takes its time."""
        before, now = self._cpu_seconds.get(link.pid, 0.0), cpu_seconds(link.pid) or 0.0
        self._cpu_seconds = {**self._cpu_seconds, link.pid: now}
        return now > before and seconds < COMPUTING_FACTOR * self.hang_seconds

    def _say_memory(self) -> None:
        ledger = self._conductor.scheduler.ledger
        if ledger.booked_bytes != self._told_bytes:
            self._told_bytes = ledger.booked_bytes
            self._events.publish(
                "memory",
                used_bytes=ledger.booked_bytes,
                limit_bytes=ledger.budget_bytes,
                host_available_bytes=self._conductor.host.available_bytes,
            )
