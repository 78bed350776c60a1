from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from mlx_jupyter.kernel.asynchronous.stream import AsyncAnswerStream
from mlx_jupyter.wire.sse import Progress
from tests.kernel.asynchronous.conftest import happened


async def test_the_pieces_are_the_text(pool: AsyncPool) -> None:
    pieces = [piece async for piece in pool.chat("Hello", stream=True)]
    assert pieces == ["MLX ", "is an array framework."]


async def test_a_stream_may_be_awaited_as_openais(pool: AsyncPool, canned: Any) -> None:
    stream = await pool.chat("Hello", stream=True)
    assert isinstance(stream, AsyncAnswerStream)
    assert len(canned.requests) == 1
    assert "".join([piece async for piece in stream]) == "MLX is an array framework."


async def test_awaiting_a_stream_raises_what_the_server_says(pool: AsyncPool) -> None:
    with pytest.raises(RequestFailed, match="not here"):
        await pool.chat("Hello", model="missing", stream=True)


async def test_nothing_is_sent_before_the_first_step(pool: AsyncPool, canned: Any) -> None:
    pool.chat("Hello", stream=True)
    await asyncio.sleep(0)
    assert canned.requests == []


async def test_the_answer_fills_while_it_streams(pool: AsyncPool) -> None:
    async with pool.chat("Hello", stream=True) as stream:
        seen = [stream.answer.text async for _ in stream]
    assert seen == ["MLX ", "MLX is an array framework."]
    assert stream.answer.seconds > 0


async def test_progress_and_thoughts_come_between_the_pieces(pool: AsyncPool) -> None:
    stream = pool.chat("wait", stream=True)
    events = [event async for event in stream.events()]
    assert events[:2] == [Progress("loading", "demo/chat", 3.2), stream.progress]
    thinking = pool.chat("think", stream=True)
    assert (await thinking.read()).reasoning == "Two $ < three."


async def test_what_was_evicted_and_the_revision_are_the_answers(pool: AsyncPool) -> None:
    answer = await pool.chat("evict")
    assert (answer.evicted, answer.revision) == (["org/a", "org/b"], "revision of canned")


async def test_breaking_out_of_the_loop_stops_the_server(pool: AsyncPool, canned: Any) -> None:
    stream = pool.chat("hold", stream=True)
    async for _ in stream:
        break
    assert await happened(canned.client_left)
    assert (stream.answer.text, stream.answer.finish_reason) == ("MLX ", "interrupted")


async def test_the_end_of_a_with_block_stops_the_server(pool: AsyncPool, canned: Any) -> None:
    async with pool.chat("hold", stream=True) as stream:
        await anext(stream.events())
    assert stream.answer.finish_reason == "interrupted"
    assert await happened(canned.client_left)


async def test_closing_stops_the_server(pool: AsyncPool, canned: Any) -> None:
    stream = await pool.chat("hold", stream=True)
    await stream.close()
    assert await happened(canned.client_left)
    assert [piece async for piece in stream] == []


async def test_a_stream_that_was_read_gives_nothing_and_asks_nothing(
    pool: AsyncPool, canned: Any
) -> None:
    stream = pool.chat("Hello", stream=True)
    await stream.read()
    assert [piece async for piece in stream] == []
    assert len(canned.requests) == 1


async def test_an_error_in_mid_stream_keeps_the_text_before_it(pool: AsyncPool) -> None:
    stream = pool.chat("fail", stream=True)
    with pytest.raises(RequestFailed) as raised:
        await stream.read()
    assert (stream.answer.text, stream.answer.finish_reason) == ("MLX ", "error")
    assert raised.value.error_code == "worker_died"


async def test_an_answer_that_ends_without_a_reason_is_an_error(pool: AsyncPool) -> None:
    with pytest.raises(RequestFailed, match="broke the answer off"):
        await pool.chat("vanish")


async def test_the_headers_of_the_response_are_told(real_pool: AsyncPool) -> None:
    stream = real_pool.chat("Hello", max_tokens=2, stream=True)
    assert not stream.headers
    await stream.read()
    assert stream.headers["x-request-id"]
