from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.reports.events import EventsReport, event_line, event_words
from mlx_jupyter.wire.pool import LoadProgress, PoolEvent

HALF = LoadProgress(stage="load", done_bytes=1, total_bytes=2, elapsed_seconds=0.0)


def event(kind: Any, **facts: Any) -> PoolEvent:
    return PoolEvent(id=1, time=0.0, type=kind, model="a", **facts)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (event("state", before="absent", state="loading"), "absent → loading"),
        (
            event("state", before="ready", state="unloading", reason="idle"),
            "ready → unloading: idle",
        ),
        (event("eviction", made_room_for="b"), "evicted to make room for b"),
        (event("eviction", reason="asked to"), "evicted: asked to"),
        (event("progress", progress=HALF), "loading a ██████████░░░░░░░░░░ 50 %, 1 B of 2 B"),
        (event("memory", used_bytes=1000, limit_bytes=2000), "1.00 kB of 2.00 kB used"),
        (event("pressure", state="warning", reason="little is left"), "warning: little is left"),
        (event("pin", pinned_by=["me"]), "pinned by this notebook"),
        (event("pin", pinned_by=[]), "not pinned any more"),
    ],
)
def test_an_event_is_told_in_words(told: PoolEvent, expected: str) -> None:
    assert event_words(told, "me") == expected


def test_an_event_is_one_line_in_a_terminal() -> None:
    assert event_line(event("pin", pinned_by=["user"]))[8:] == "  pin  a  pinned by you"


def test_events_are_a_table() -> None:
    report = EventsReport([event("eviction", reason="idle")])
    assert report.as_plain().splitlines()[0].split() == [
        "Time",
        "Event",
        "Model",
        "What",
        "happened",
    ]
    assert "evicted: idle" in report.as_html()


def test_of_a_loads_progress_the_table_shows_the_last_word() -> None:
    whole = LoadProgress(stage="load", done_bytes=2, total_bytes=2, elapsed_seconds=0.0)
    events = [event("progress", progress=HALF), event("progress", progress=whole), event("pin")]
    report = EventsReport(events)
    assert len(report.events) == 3
    assert len(report.as_plain().splitlines()) == 3
    assert "50 %" not in report.as_plain()


def test_a_pool_in_which_nothing_has_happened_says_so() -> None:
    assert str(EventsReport([])) == "Nothing has happened yet."
