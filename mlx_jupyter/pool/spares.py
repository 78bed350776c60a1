"""Workers that have imported their libraries and wait for a model.

The imports of mlx-lm take 0.6 s and about 65 MB (measured on two cores); a spare hides the former
from whoever loads a model. It lives on what the budget has left over, and goes when a model needs
that.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

from mlx_jupyter.pool.host import rss_bytes
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["SPARE_BYTES", "Spares"]

SPARE_BYTES = 80 * 10**6
"""What one takes at least, before it can be measured."""

log = logging.getLogger(__name__)


class Spares:
    """At most `count` spares. `take` gives one, or starts a worker where there is none."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        self._count = count
        self._environment = environment
        self._links: list[WorkerLink] = []
        self._starting: asyncio.Task[None] | None = None
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def links(self) -> list[WorkerLink]:
        """Those that live. One that died is forgotten, and replaced at the next `refill`."""
        self._links = [link for link in self._links if link.alive]
        return list(self._links)

    @property
    def used_bytes(self) -> int:
        return sum(max(SPARE_BYTES, rss_bytes(link.pid) or 0) for link in self.links)

    @property
    def booked_bytes(self) -> int:
        """As `fit` counts them, without a look at the processes."""
        return len(self._links) * SPARE_BYTES

    async def take(self) -> WorkerLink:
        if self._starting is not None:
            await asyncio.wait({self._starting})
        if self.links:
            return self._links.pop(0)
        return await WorkerLink.start(self._environment)

    def refill(self, free_bytes: int) -> None:
        """Start what is missing and has room, without waiting for it."""
        if self._starting is None and len(self.links) < self._count:
            self._starting = asyncio.create_task(self._start(free_bytes))

    def fit(self, free_bytes: int) -> None:
        """End those that have no room any more, without waiting for it."""
        while self.links and len(self._links) * SPARE_BYTES > free_bytes:
            leaving = asyncio.create_task(self._links.pop().stop())
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)

    async def stop(self) -> None:
        if self._starting is not None:
            await asyncio.wait({self._starting})
        await asyncio.gather(*(link.stop() for link in self._links), *self._leaving)

    async def _start(self, free_bytes: int) -> None:
        try:
            while len(self.links) < self._count and self.used_bytes + SPARE_BYTES <= free_bytes:
                link = await WorkerLink.start(self._environment)
                self._links.append(link)  # only now: `links` may have replaced the list meanwhile
        except OSError as error:
            log.warning("No spare worker could be started: %s", error)
        finally:
            self._starting = None
