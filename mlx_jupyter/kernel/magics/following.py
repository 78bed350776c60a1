"""The verbs of `%mlx` that take a while, and show what happens meanwhile: `load`, `events`."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing, suppress

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.live import Live
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.progress import load_words
from mlx_jupyter.kernel.reports.change import LoadedReport
from mlx_jupyter.kernel.reports.events import EventsReport, event_line, event_words
from mlx_jupyter.wire.pool import Loaded, PoolEvent

__all__ = ["follow_events", "follow_load", "load_event_words"]

_KEPT = 50
"""Events that are shown while they are followed: the newest."""


def follow_load(pool: Pool, options: Namespace, live: Live) -> LoadedReport:
    """Raises `Interrupted`, with the load given up, when ■ stops it."""
    events = pool.load_events(
        options.model, pin=options.pin, keep_alive=options.keep_alive, keep=options.keep
    )
    try:
        with closing(events):
            return LoadedReport(_shown(events, options.model, live))
    except KeyboardInterrupt:
        live.clear()
        raise Interrupted(f"the load of {options.model} is given up") from None
    except BaseException:
        live.clear()
        raise


def _shown(events: Iterator[PoolEvent | Loaded], model: str, live: Live) -> Loaded:
    for event in events:
        if isinstance(event, Loaded):
            return event
        live.show({"text/plain": load_event_words(event, model)})
    raise AssertionError("load_events ends with Loaded or an error")


def load_event_words(event: PoolEvent, model: str) -> str:
    """What happens to `model`, or to others because of it."""
    if event.progress:
        return load_words(event.model or model, event.progress)
    return f"{event.model or model}: {event_words(event, kernel_id())}"


def follow_events(pool: Pool, live: Live) -> EventsReport:
    """The events from now on until ■, which is how following ends: the cell has not failed."""
    report = EventsReport([], kernel_id())
    with pool.events() as events, suppress(KeyboardInterrupt):
        for event in events:
            report.events.append(event)
            _add(report, event, live)
    return report


def _add(report: EventsReport, event: PoolEvent, live: Live) -> None:
    """A load's progress changes its own line; all else is a new one."""
    line = event_line(event, report.own_kernel)
    newest = EventsReport(report.events[-_KEPT:], report.own_kernel).bundle()
    if event.type == "progress":
        live.show(newest)
    else:
        live.add(line, newest)
