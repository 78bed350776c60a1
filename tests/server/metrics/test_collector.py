from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.server.metrics.collector import PoolCollector
from mlx_jupyter.server.metrics.series import Series

BUDGET = 'mlx_jupyter_memory_bytes{part="budget"}'


def collector(registry: CollectorRegistry, limit: str = "1GB") -> PoolCollector:
    pool = Pool(PoolSettings(environment={}, memory_limit=limit), never)
    return PoolCollector(pool, Series(), registry)


def never(model: str) -> object:
    raise AssertionError(model)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry(auto_describe=True)


async def test_of_two_servers_in_a_process_the_first_is_shown(registry: CollectorRegistry) -> None:
    first, second = collector(registry, "1GB"), collector(registry, "2GB")
    first.start()
    second.start()
    second.stop()
    assert generate_latest(registry).decode().count(BUDGET) == 1
    assert f"{BUDGET} 1e+09" in generate_latest(registry).decode()


async def test_a_server_that_has_stopped_leaves_nothing(registry: CollectorRegistry) -> None:
    first, second = collector(registry, "1GB"), collector(registry, "2GB")
    first.start()
    first.stop()
    assert generate_latest(registry) == b""
    second.start()
    assert f"{BUDGET} 2e+09" in generate_latest(registry).decode()


async def test_another_thread_may_look(registry: CollectorRegistry) -> None:
    collector(registry).start()
    text = await asyncio.to_thread(generate_latest, registry)
    assert BUDGET in text.decode()
