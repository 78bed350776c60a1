"""`%mlx events`."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mlx_jupyter.kernel.progress import load_words
from mlx_jupyter.kernel.reports.pinner import pinners
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table
from mlx_jupyter.kernel.units import size
from mlx_jupyter.wire.pool import PoolEvent

__all__ = ["EventsReport", "event_line", "event_words"]


@dataclass(repr=False, eq=False)
class EventsReport(Report):
    """Events, oldest first. Of a load's progress the table shows the last word only."""

    events: list[PoolEvent]
    own_kernel: str | None = None

    def sentences(self) -> list[str]:
        return [] if self.events else ["Nothing has happened yet."]

    def table(self) -> Table | None:
        if not self.events:
            return None
        followers: list[PoolEvent | None] = [*self.events[1:], None]
        pairs = zip(self.events, followers, strict=True)
        told = [event for event, follower in pairs if not _overtaken(event, follower)]
        rows = [_row(event, self.own_kernel) for event in told]
        return Table(("Time", "Event", "Model", "What happened"), rows)


def _overtaken(event: PoolEvent, follower: PoolEvent | None) -> bool:
    """Whether `follower` says how far the same load is by then."""
    if follower is None or event.type != "progress":
        return False
    return (follower.type, follower.model) == (event.type, event.model)


def event_line(event: PoolEvent, own_kernel: str | None = None) -> str:
    return "  ".join(filter(None, _row(event, own_kernel)))


def _row(event: PoolEvent, own_kernel: str | None) -> tuple[str, ...]:
    clock = time.strftime("%H:%M:%S", time.localtime(event.time))
    return (clock, event.type, event.model or "", event_words(event, own_kernel))


def event_words(event: PoolEvent, own_kernel: str | None = None) -> str:
    reason = f": {event.reason}" if event.reason else ""
    match event.type:
        case "state":
            return f"{event.before or '?'} → {event.state or '?'}{reason}"
        case "eviction":
            room = f" to make room for {event.made_room_for}" if event.made_room_for else ""
            return f"evicted{room}{reason}"
        case "progress" if event.progress:
            return load_words(event.model or "", event.progress)
        case "memory" if event.used_bytes is not None and event.limit_bytes is not None:
            return f"{size(event.used_bytes)} of {size(event.limit_bytes)} used"
        case "pressure":
            return f"{event.state or '?'}{reason}"
        case "pin":
            by = pinners(event.pinned_by or [], own_kernel)
            return f"pinned by {by}" if by else "not pinned any more"
        case _:
            return reason.removeprefix(": ")
