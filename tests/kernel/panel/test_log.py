from __future__ import annotations

from typing import Any

from mlx_jupyter.kernel.panel.log import KEPT, log_lines
from mlx_jupyter.kernel.panel.rows import clock
from mlx_jupyter.wire.pool import PoolEvent
from tests.kernel.panel.facts import NOW


def event(kind: Any, number: int = 1, **facts: Any) -> PoolEvent:
    return PoolEvent(**{"id": number, "time": NOW, "type": kind, "model": "a"} | facts)


def said(*events: PoolEvent) -> list[str]:
    return [line.removeprefix(f"{clock(NOW)} ") for line in log_lines(events)]


def test_an_eviction_says_for_whom() -> None:
    gone = event("eviction", made_room_for="b", reason="room for b")
    assert said(gone) == ["a was evicted to make room for b"]


def test_an_eviction_says_why() -> None:
    assert said(event("eviction", reason="idle for 30 min")) == ["a was evicted: idle for 30 min"]


def test_a_failure_says_why() -> None:
    failed = event("state", before="loading", state="absent", reason="It has no weights.")
    assert said(failed) == ["a failed: It has no weights."]


def test_pressure_says_how_much_and_why() -> None:
    low = event("pressure", model=None, state="high", reason="1 GB is left")
    assert said(low) == ["memory pressure high: 1 GB is left"]


def test_what_happens_every_day_is_not_told() -> None:
    daily = [
        event("state", before="loading", state="ready"),
        event("state", before="unloading", state="absent", reason="asked to"),
        event("pin", pinned_by=[]),
        event("memory"),
    ]
    assert said(*daily) == []


def test_the_newest_twenty_are_told_newest_first() -> None:
    lines = said(*[event("eviction", reason=str(at)) for at in range(30)])
    assert len(lines) == KEPT == 20
    assert lines[0] == "a was evicted: 29"
