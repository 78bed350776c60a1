"""The verbs against a real server."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from mlx_jupyter.wire.pool import Loaded, PlanReport, PoolEvent
from tests.kernel.asynchronous.conftest import EVENT_SECONDS

CHAT = "demo/chat"


async def test_a_model_is_loaded_pinned_unpinned_and_evicted(small: AsyncPool) -> None:
    assert (await small.load(CHAT)).pinned
    assert (await small.unpin(CHAT)).pinned_by == []
    assert (await small.pin(CHAT)).pinned_by == ["user"]
    assert (await small.unpin(CHAT)).pinned_by == []
    assert (await small.status()).models[CHAT].status == "running"
    await small.evict(CHAT)
    assert (await small.status()).models[CHAT].status == "unloaded"


async def test_a_load_tells_what_happens_and_ends_with_the_result(small: AsyncPool) -> None:
    *events, last = [event async for event in small.load_events(CHAT, pin=False)]
    assert isinstance(last, Loaded)
    assert {event.type for event in events if isinstance(event, PoolEvent)} >= {"state", "progress"}


async def test_a_load_that_is_left_is_given_up(small: AsyncPool) -> None:
    async with aclosing(small.load_events(CHAT)) as events:
        await anext(events)
    async with asyncio.timeout(EVENT_SECONDS):
        while (status := (await small.status()).models[CHAT].status) == "loading":
            pass
    assert status == "unloaded"


async def test_a_cancelled_load_is_given_up(small: AsyncPool) -> None:
    task = asyncio.create_task(small.load(CHAT))
    async with small.events() as events:
        await anext(events)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(EVENT_SECONDS):
        while (status := (await small.status()).models[CHAT].status) == "loading":
            pass
    assert status == "unloaded"


async def test_a_plan_and_a_switch_agree(small: AsyncPool) -> None:
    for name in (CHAT, "llama"):
        await small.load(name, pin=False)
    plan = await small.plan("qwen3")
    assert plan.fits
    assert (await small.switch("qwen3", "lru")).unloaded_models == plan.evict == [CHAT]


async def test_a_refusal_has_the_plan(small: AsyncPool) -> None:
    for name in (CHAT, "llama"):
        await small.load(name)
    with pytest.raises(RequestFailed, match="Insufficient memory") as raised:
        await small.load("qwen3")
    assert isinstance(raised.value.plan, PlanReport)


async def test_a_refusal_that_passes_says_when_to_ask_again(small: AsyncPool) -> None:
    for name in (CHAT, "llama"):
        await small.load(name)
    stream = small.chat("Hello", model="qwen3", stream=True)
    with pytest.raises(RequestFailed, match="Insufficient memory"):
        await stream.read()
    assert stream.retry_after_seconds


async def test_models_are_listed_and_looked_up(real_pool: AsyncPool) -> None:
    assert CHAT in [model.id for model in await real_pool.models()]
    assert (await real_pool.model(CHAT)).kind == "text"
    assert (await real_pool.admin_status()).workers is not None


async def test_a_request_is_cancelled_by_its_id(real_pool: AsyncPool) -> None:
    stream = await real_pool.complete("Hello", model="llama", max_tokens=400, stream=True)
    await real_pool.cancel(stream.headers["x-request-id"])
    with pytest.raises(RequestFailed):
        await stream.read()


async def test_what_is_unknown_is_the_servers_error(real_pool: AsyncPool) -> None:
    with pytest.raises(RequestFailed) as raised:
        await real_pool.pin("nobody/knows@it")
    assert raised.value.http_status == 404
