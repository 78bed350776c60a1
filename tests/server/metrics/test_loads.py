from __future__ import annotations

import pytest
from prometheus_client import CollectorRegistry

from mlx_jupyter.pool.events import Event
from mlx_jupyter.server.metrics.loads import Loads
from mlx_jupyter.server.metrics.series import Series


def moved(time: float, before: str, state: str) -> Event:
    return Event(id=1, time=time, type="state", model="a", before=before, state=state)


def counted(*events: Event) -> CollectorRegistry:
    series = Series()
    loads = Loads(series)
    for event in events:
        loads.happened(event)
    return series.registry


@pytest.mark.parametrize(
    ("became", "outcome"), [("ready", "success"), ("absent", "failed"), ("unloading", "cancelled")]
)
def test_a_load_ends_in_one_way(became: str, outcome: str) -> None:
    registry = counted(moved(10.0, "absent", "loading"), moved(12.5, "loading", became))
    assert registry.get_sample_value("mlx_jupyter_loads_total", {"outcome": outcome}) == 1
    seconds = registry.get_sample_value("mlx_jupyter_load_seconds_sum", {"model": "a"})
    assert seconds == (2.5 if became == "ready" else None)


def test_a_clock_that_is_put_back_makes_no_time_negative() -> None:
    registry = counted(moved(10.0, "absent", "loading"), moved(3.0, "loading", "ready"))
    assert registry.get_sample_value("mlx_jupyter_load_seconds_sum", {"model": "a"}) == 0


def test_a_loaded_model_that_leaves_is_no_load() -> None:
    registry = counted(moved(1.0, "ready", "unloading"), moved(2.0, "unloading", "absent"))
    assert registry.get_sample_value("mlx_jupyter_loads_total", {"outcome": "failed"}) == 0


def test_evictions_are_told_apart_by_their_cause() -> None:
    registry = counted(*(Event(id=1, time=0.0, type="eviction", cause=c) for c in ("idle", "room")))
    assert registry.get_sample_value("mlx_jupyter_evictions_total", {"cause": "idle"}) == 1
