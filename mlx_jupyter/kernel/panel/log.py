"""What a panel's log tells: who left and why, what failed, when memory ran low."""

from __future__ import annotations

from collections.abc import Iterable

from mlx_jupyter.kernel.panel.rows import clock
from mlx_jupyter.kernel.reports.events import event_words
from mlx_jupyter.wire.pool import PoolEvent

__all__ = ["KEPT", "is_told", "log_lines"]

KEPT = 20


def is_told(event: PoolEvent) -> bool:
    """An eviction, pressure on the machine's memory, or a model that ended by itself."""
    if event.type != "state":
        return event.type in ("eviction", "pressure")
    return event.state == "absent" and event.before != "unloading" and bool(event.reason)


def log_lines(events: Iterable[PoolEvent]) -> tuple[str, ...]:
    """`14:03:22 demo/chat: evicted to make room for llama`, the newest first."""
    told = [event for event in events if is_told(event)]
    return tuple(_line(event) for event in reversed(told[-KEPT:]))


def _line(event: PoolEvent) -> str:
    what = "memory pressure" if event.type == "pressure" else event.model
    said = f"failed: {event.reason}" if event.type == "state" else event_words(event)
    return f"{clock(event.time)} {what}: {' '.join(said.split())}"
