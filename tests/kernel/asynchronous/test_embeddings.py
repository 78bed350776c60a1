"""Vectors from a real server, by asyncio."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Any

import numpy as np
import pytest

import mlx_jupyter
from mlx_jupyter.errors import InvalidRequest, RequestFailed
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from tests.kernel.asynchronous.conftest import nothing_runs

TEXTS = ["a dog", "a cat", "the sea", "a car"]


async def test_the_array_is_that_of_the_other_pool(real_pool: AsyncPool, server: Any) -> None:
    vectors = await real_pool.embed(TEXTS, cache=False)
    assert (vectors.dtype, vectors.shape[0]) == (np.float32, 4)
    with mlx_jupyter.connect(server.url, server.key) as other:
        np.testing.assert_allclose(vectors, other.embed(TEXTS, cache=False), atol=1e-5)


async def test_what_was_asked_before_is_not_asked_again(real_pool: AsyncPool) -> None:
    await real_pool.embed(TEXTS)
    *_, last = [event async for event in real_pool.embed_events(TEXTS)]
    assert isinstance(last, Embedded)
    assert (last.cached, last.tokens) == (4, 0)


async def test_progress_is_told(real_pool: AsyncPool) -> None:
    told: list[tuple[int, int]] = []
    await real_pool.embed(TEXTS, progress=lambda done, total: told.append((done, total)))
    assert (told[0], told[-1]) == ((0, 4), (4, 4))


async def test_a_model_that_is_not_loaded_is_loaded_first(
    small: AsyncPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", "")
    events = [event async for event in small.embed_events(TEXTS, cache=False)]
    assert any(getattr(event, "type", None) == "state" for event in events)


async def test_rows_that_are_no_texts_are_named(real_pool: AsyncPool) -> None:
    with pytest.raises(InvalidRequest, match=r"[Rr]ow 1"):
        await real_pool.embed(["a", None])


async def test_what_the_server_refuses_is_its_error(real_pool: AsyncPool) -> None:
    with pytest.raises(RequestFailed) as raised:
        await real_pool.embed(TEXTS, model="demo/chat")
    assert raised.value.http_status == 400


async def test_a_run_that_is_left_ends_on_the_server_and_keeps_what_is_done(
    real_pool: AsyncPool,
) -> None:
    texts = [f"text {n} " * (1 + n % 7) for n in range(400)]
    async with aclosing(real_pool.embed_events(texts)) as events:
        async for event in events:
            if isinstance(event, EmbedProgress) and event.done:
                break
    assert event.kept == event.done
    assert await nothing_runs(real_pool)
    first = await anext(real_pool.embed_events(texts))
    assert isinstance(first, EmbedProgress)
    assert first.kept >= event.kept


async def test_cancelling_a_run_ends_it_on_the_server(real_pool: AsyncPool) -> None:
    begun = asyncio.Event()
    texts = [f"text {n} " * 40 for n in range(2000)]
    run = real_pool.embed(texts, cache=False, progress=lambda done, _: done and begun.set())
    task = asyncio.create_task(run)
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await nothing_runs(real_pool)


async def test_the_event_loop_goes_on_meanwhile(real_pool: AsyncPool) -> None:
    vectors, answer = await asyncio.gather(
        real_pool.embed(TEXTS, cache=False), real_pool.chat("Hello", max_tokens=3)
    )
    assert len(vectors) == 4
    assert not answer.partial


async def test_the_nearest_texts_are_found(real_pool: AsyncPool) -> None:
    matches = await real_pool.similar("a dog", TEXTS, 2)
    assert next(iter(matches)).index == 0
    made = await real_pool.embed(TEXTS)
    assert len(await real_pool.similar("a dog", made, 2)) == 2


async def test_texts_are_ranked(real_pool: AsyncPool) -> None:
    assert len(await real_pool.rerank("a dog", TEXTS, 3)) == 3
    with pytest.raises(InvalidRequest, match="top_n"):
        await real_pool.rerank("a dog", TEXTS, 0)
