"""What a panel's log tells: who left and why, what failed, when memory ran low."""

from __future__ import annotations

from collections.abc import Iterable

from mlx_jupyter.kernel.panel.rows import clock
from mlx_jupyter.wire.pool import PoolEvent

__all__ = ["KEPT", "is_told", "log_lines"]

KEPT = 20


def is_told(event: PoolEvent) -> bool:
    """An eviction, pressure on the machine's memory, or a model that ended by itself."""
    if event.type != "state":
        return event.type in ("eviction", "pressure")
    return event.state == "absent" and event.before != "unloading" and bool(event.reason)


def log_lines(events: Iterable[PoolEvent]) -> tuple[str, ...]:
    """`14:03:22 demo/chat was evicted to make room for llama`, the newest first."""
    told = [event for event in events if is_told(event)]
    return tuple(_line(event) for event in reversed(told[-KEPT:]))


def _line(event: PoolEvent) -> str:
    return f"{clock(event.time)} {' '.join(_words(event).split())}"


def _words(event: PoolEvent) -> str:
    if event.type == "pressure":
        return f"memory pressure {event.state or ''}: {event.reason or ''}"
    if event.type == "state":
        return f"{event.model} failed: {event.reason}"
    if event.made_room_for:
        return f"{event.model} was evicted to make room for {event.made_room_for}"
    return f"{event.model} was evicted: {event.reason or 'no reason is known'}"
