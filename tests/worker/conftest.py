"""Real worker processes, one a checkpoint, kept for the session."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest_asyncio

from mlx_jupyter.catalog.checkpoint import Kind
from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.messages import Load
from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink

PROMPT_CACHE_BYTES = 2**26
Worker = Callable[[str], Awaitable[WorkerLink]]


async def start(path: Path, max_batch: int = 16, kind: Kind = "text", **options: Any) -> WorkerLink:
    """`options` are further fields of `Load`."""
    link = await WorkerLink.start(worker_environment(os.environ, find_blas("auto")))
    try:
        await link.load(Load(path=str(path), kind=kind, max_batch=max_batch, **options))
    except MLXJupyterError:
        await link.stop()
        raise
    return link


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def worker(checkpoints: Path) -> AsyncIterator[Worker]:
    """`await worker("qwen3")` is a link to a process that has the checkpoint loaded."""
    links: dict[str, WorkerLink] = {}

    async def get(name: str) -> WorkerLink:
        if name not in links:
            links[name] = await start(checkpoints / name, prompt_cache_bytes=PROMPT_CACHE_BYTES)
        return links[name]

    yield get
    await asyncio.gather(*(link.stop() for link in links.values()))
