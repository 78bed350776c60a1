from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from tests.kernel.asynchronous.conftest import EVENT_SECONDS

CHAT = "demo/chat"


async def last_of(events: AsyncIterator[Any]) -> Any:
    return [event async for event in events][-1]


async def test_what_happens_after_the_beginning_of_the_block_is_told(small: AsyncPool) -> None:
    async with small.events() as events:
        await small.load(CHAT, pin=False)
        async with asyncio.timeout(EVENT_SECONDS):
            async for event in events:
                if (event.type, event.model) == ("state", CHAT):
                    break


async def test_the_last_events_are_told_and_then_the_end(small: AsyncPool) -> None:
    await small.load(CHAT, pin=False)
    assert len([event async for event in small.events(last=2)]) == 2


async def test_a_closed_source_gives_nothing(small: AsyncPool) -> None:
    async with small.events() as events:
        pass
    assert [event async for event in events] == []


async def test_a_reader_that_is_cancelled_leaves_the_pool_usable(small: AsyncPool) -> None:
    async with small.events() as events:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(last_of(events), 0.05)
        assert [event async for event in events] == []
    assert (await small.health(ping=False)).healthy


async def test_a_refusal_is_raised_at_the_first_step(small: AsyncPool) -> None:
    with pytest.raises(RequestFailed):
        await anext(small.events(last=-1))
