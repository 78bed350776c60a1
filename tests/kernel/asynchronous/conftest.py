"""Pools for asyncio: of a server with canned answers, and of real ones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import mlx_jupyter
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from mlx_jupyter.kernel.client import Pool

EVENT_SECONDS = 20


@pytest.fixture
async def pool(canned: Any) -> AsyncIterator[AsyncPool]:
    async with mlx_jupyter.connect_async(canned.url, canned.key) as made:
        yield made


@pytest.fixture
async def real_pool(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[AsyncPool]:
    """With an empty cache of vectors."""
    monkeypatch.setenv("MLX_JUPYTER_CACHE", str(tmp_path / "cache"))
    async with mlx_jupyter.connect_async(server.url, server.key) as made:
        yield made


@pytest.fixture
async def small(empty_pool: Pool, small_pool: Any) -> AsyncIterator[AsyncPool]:
    """Of a server with nothing loaded."""
    async with mlx_jupyter.connect_async(small_pool.url, small_pool.key) as made:
        yield made


async def happened(event: threading.Event) -> bool:
    return await asyncio.to_thread(event.wait, EVENT_SECONDS)


async def nothing_runs(pool: AsyncPool, seconds: float = EVENT_SECONDS) -> bool:
    """Whether within this time the server has no request that runs or waits."""
    async with asyncio.timeout(seconds):
        while (await pool.health(ping=False)).requests:
            pass
    return True
