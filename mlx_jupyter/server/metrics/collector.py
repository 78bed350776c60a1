"""Where Jupyter's `/metrics` finds the pool: among the collectors of Prometheus' own registry."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from mlx_jupyter.pool.pool import Pool
from mlx_jupyter.pool.status import Status
from mlx_jupyter.server.metrics.gauges import gauges
from mlx_jupyter.server.metrics.series import Series

__all__ = ["PoolCollector"]

PATIENCE_SECONDS = 5.0

log = logging.getLogger(__name__)


class PoolCollector(Collector):
    """Looks at the pool when it is asked, and never else. In a process with several servers, which
    only tests have, the first one is shown."""

    def __init__(self, pool: Pool, series: Series, registry: CollectorRegistry = REGISTRY) -> None:
        self._pool = pool
        self._series = series
        self._registry = registry
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """On the pool's event loop."""
        self._loop = asyncio.get_running_loop()
        try:
            self._registry.register(self)
        except ValueError as error:
            self._loop = None
            log.info("no figures of this pool for Prometheus: %s", error)

    def stop(self) -> None:
        if self._loop is not None:
            self._registry.unregister(self)
            self._loop = None

    def collect(self) -> Iterable[Metric]:
        """From any thread."""
        yield from gauges(self._picture())
        yield from self._series.registry.collect()

    def _picture(self) -> Status:
        assert self._loop is not None
        try:
            here = asyncio.get_running_loop()
        except RuntimeError:
            here = None
        if here is self._loop:
            return self._pool.status()
        asked = asyncio.run_coroutine_threadsafe(self._look(), self._loop)
        return asked.result(PATIENCE_SECONDS)

    async def _look(self) -> Status:
        return self._pool.status()
