"""What happens in the pool, told to whoever listens; the field names are those of the HTTP API."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

import msgspec

__all__ = ["Event", "Events", "Progress", "Subscription"]

KEPT = 1000
"""Events, for those who come later; and for each who listens, until he takes them."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """Of a download or a load: bytes, and an estimate of the time that is left."""

    stage: str
    done_bytes: int
    total_bytes: int
    elapsed_seconds: float
    eta_seconds: float | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`time` in seconds since 1970; which other fields there are depends on `type`."""

    id: int
    time: float
    type: str
    model: str | None = None
    state: str | None = None
    before: str | None = None
    reason: str | None = None
    cause: str | None = None
    made_room_for: str | None = None
    pinned_by: list[str] | None = None
    progress: Progress | None = None
    used_bytes: int | None = None
    limit_bytes: int | None = None
    host_available_bytes: int | None = None


class Subscription:
    """The events from now on, and those kept since `after`. One reader."""

    def __init__(self, events: Events, kept: list[Event]) -> None:
        self._events = events
        self._waiting = deque(kept, maxlen=KEPT)
        self._arrived = asyncio.Event()

    def put(self, event: Event) -> None:
        self._waiting.append(event)
        self._arrived.set()

    async def next(self, timeout_seconds: float | None) -> list[Event]:
        """All there are, waiting for the first; none after so long, with None for ever."""
        if not self._waiting:
            self._arrived.clear()
            try:
                async with asyncio.timeout(timeout_seconds):
                    await self._arrived.wait()
            except TimeoutError:
                return []
        events = list(self._waiting)
        self._waiting.clear()
        return events

    def close(self) -> None:
        self._events.forget(self)


class Events:
    """On the event loop only. Who reads slowly loses the oldest; who publishes never waits."""

    def __init__(self) -> None:
        self._last_id = 0
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._subscriptions: set[Subscription] = set()

    @property
    def kept(self) -> list[Event]:
        return list(self._kept)

    def publish(self, type: str, model: str | None = None, **fields: Any) -> None:  # noqa: A002
        self._last_id += 1
        event = Event(id=self._last_id, time=time.time(), type=type, model=model, **fields)
        self._kept.append(event)
        for subscription in self._subscriptions:
            subscription.put(event)

    def subscribe(self, after: int | None = None) -> Subscription:
        """With `after`, the kept events with a larger id come first."""
        kept = [] if after is None else [event for event in self._kept if event.id > after]
        subscription = Subscription(self, kept)
        self._subscriptions.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)
