"""Hands what happens in the pool on to others in this process, one event after the other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from mlx_jupyter.pool.events import Event, Events, Subscription

__all__ = ["Follower"]

log = logging.getLogger(__name__)


class Follower:
    """`listeners` are called on the event loop, in a task of their own: they neither delay nor
    break the pool."""

    def __init__(self, events: Events, listeners: Sequence[Callable[[Event], None]]) -> None:
        self._events = events
        self._listeners = listeners
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """From the next event on."""
        self._task = asyncio.create_task(self._follow(self._events.subscribe()))

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _follow(self, subscription: Subscription) -> None:
        try:
            while True:
                for event in await subscription.next(None):
                    self._tell(event)
        finally:
            subscription.close()

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except (
                Exception
            ):  # code of other extensions may run in it, see EventLogger.add_modifier
                log.exception("telling of %s", event)
