from __future__ import annotations

import asyncio

import pytest

from mlx_jupyter.errors import Cancelled, InvalidRequest, NotFound, RequestExists
from mlx_jupyter.server.running import Running


async def test_a_cancelled_request_can_tell_its_client() -> None:
    running, began = Running(), asyncio.Event()

    async def work() -> None:
        with running.answered("a"):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    with running.listed("a", task):
        await began.wait()
        running.cancel("a")
        with pytest.raises(Cancelled, match="Request 'a' was cancelled"):
            await task


async def test_a_client_that_has_gone_is_told_nothing() -> None:
    running, began = Running(), asyncio.Event()

    async def work() -> None:
        with running.answered("a"):
            began.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    with running.listed("a", task):
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_request_that_has_ended_cannot_be_cancelled() -> None:
    running = Running()
    task = asyncio.create_task(asyncio.sleep(0))
    with running.listed("a", task):
        await task
        with pytest.raises(NotFound):
            running.cancel("a")
    with pytest.raises(NotFound):
        running.cancel("a")


async def test_an_id_is_used_once_at_a_time() -> None:
    running = Running()
    task = asyncio.create_task(asyncio.sleep(0))
    with running.listed("a", task):
        with pytest.raises(RequestExists):
            running.check("a")
        await task
    running.check("a")


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 129, "ä", "a\n"])
def test_an_id_is_made_of_plain_characters(name: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        Running().check(name)
    assert refused.value.param == "X-Request-Id"
