"""Loads and evictions, as the pool's events tell of them."""

from __future__ import annotations

from typing import get_args

from mlx_jupyter.pool.effects import Cause
from mlx_jupyter.pool.events import Event
from mlx_jupyter.server.metrics.series import Series

__all__ = ["Loads"]

OUTCOMES = {"ready": "success", "absent": "failed", "unloading": "cancelled"}
"""What becomes of a model that was loading."""


class Loads:
    def __init__(self, series: Series) -> None:
        self._series = series
        for cause in get_args(Cause):  # a rate needs a first 0
            series.evictions.labels(cause)
        for outcome in OUTCOMES.values():
            series.loads.labels(outcome)
        self._began: dict[str, float] = {}

    def happened(self, event: Event) -> None:
        if event.type == "eviction":
            self._series.evictions.labels(event.cause or "").inc()
        elif event.type == "state" and event.model is not None:
            self._moved(event.model, event)

    def _moved(self, model: str, event: Event) -> None:
        if event.state == "loading":
            self._began[model] = event.time
        elif event.before == "loading" and event.state in OUTCOMES:
            seconds = max(0.0, event.time - self._began.pop(model, event.time))
            self._series.loads.labels(OUTCOMES[event.state]).inc()
            if event.state == "ready":
                self._series.load_seconds.labels(model).observe(seconds)
