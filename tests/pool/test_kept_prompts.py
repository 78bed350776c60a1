"""What real workers keep of prompts, beside models that need the room."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.host import Host
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.status import CacheView
from mlx_jupyter.pool.use import Use
from tests.worker.asking import read, request

QUESTION = "Which of these words comes first? " * 60
"""Keys and values of some 300 kB, in models of 440."""
MANY_TOKENS = 36_800
"""Of 512 bytes: they and two models leave less than that of a budget of 20 MB."""
PATIENCE_SECONDS = 20.0


@asynccontextmanager
async def a_pool(checkpoints: Path, folder: Path, **settings: Any) -> AsyncIterator[Pool]:
    catalog = Catalog([checkpoints], {}, hub_cache=folder)
    environment = worker_environment(os.environ, None)
    made = Pool(PoolSettings(environment, spare_workers=0, **settings), catalog.find)
    made.start()
    try:
        yield made
    finally:
        await made.stop()


async def ask(pool: Pool, model: str, question: str = QUESTION) -> None:
    with pool.lease(model) as lease:
        await lease.granted()
        await read(lease.generate(request(question, max_tokens=4)))


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.01)


def kept(pool: Pool, model: str) -> CacheView:
    return next(one for one in pool.status().prompt_caches if one.model == model)


async def test_what_is_kept_is_told_and_is_no_models_own(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="100MB", prompt_cache="5MB") as pool:
        await ask(pool, "llama")
        await eventually(lambda: kept(pool, "llama").prompt_cache_bytes > 100_000)
        found, ledger = kept(pool, "llama"), pool.status().ledger
        assert found.prompt_cache_bytes <= found.max_bytes == 5_000_000
        assert ledger.cached_bytes == found.prompt_cache_bytes
        assert ledger.kv_bytes < 100_000
        await pool.unload("llama")
        assert pool.status().ledger.cached_bytes == 0


async def test_what_needs_the_room_gets_it_and_nobody_leaves(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="20MB", prompt_cache="100%") as pool:
        await ask(pool, "llama")
        await eventually(lambda: kept(pool, "llama").prompt_cache_bytes > 250_000)
        with pool.lease("qwen3", Use((MANY_TOKENS,))) as lease:
            await lease.granted()
            assert lease.evicted == ()
            assert pool.slot("llama").state is State.READY
            limits = [kept(pool, one).max_bytes for one in ("llama", "qwen3")]
            assert sum(limits) <= pool.status().ledger.free_bytes < 250_000
            await eventually(lambda: kept(pool, "llama").prompt_cache_bytes <= limits[0])


async def test_while_the_machine_is_short_of_memory_nothing_is_kept(
    checkpoints: Path, tmp_path: Path
) -> None:
    hosts = [Host(16 * 10**9, 12 * 10**9)]
    async with a_pool(
        checkpoints, tmp_path, read_host=lambda: hosts[-1], watch_seconds=0.02
    ) as pool:
        await ask(pool, "llama")
        await pool.load("llama", pin=True)
        await eventually(lambda: kept(pool, "llama").prompt_cache_bytes > 0)
        hosts.append(Host(16 * 10**9, 10**9))
        await eventually(lambda: kept(pool, "llama").prompt_cache_bytes == 0)
        await ask(pool, "llama")
        assert kept(pool, "llama").max_bytes == kept(pool, "llama").prompt_cache_bytes == 0
        hosts.append(hosts[0])
        await eventually(lambda: kept(pool, "llama").max_bytes > 0)
