from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from PIL import Image

import mlx_jupyter
from mlx_jupyter.errors import (
    InvalidRequest,
    RequestFailed,
    ServerNotFound,
    UnsupportedParameter,
)
from mlx_jupyter.kernel.asynchronous.client import AsyncPool
from mlx_jupyter.wire.generation import Usage
from tests.kernel.asynchronous.conftest import happened, nothing_runs


async def test_a_question_is_answered(pool: AsyncPool) -> None:
    answer = await pool.chat("What is MLX?")
    assert (answer.text, answer.finish_reason) == ("MLX is an array framework.", "stop")
    assert (answer.model, answer.usage) == ("demo/chat", Usage(5, 6, 11))


async def test_the_request_is_that_of_the_other_pool(pool: AsyncPool, canned: Any) -> None:
    options: dict[str, Any]
    options = {"system": "Be kind.", "temperature": 0, "seed": 3, "top_k": 2, "stop": ["x"]}
    await pool.chat("Hello", **options)
    with mlx_jupyter.connect(canned.url, canned.key) as other:
        other.chat("Hello", **options)
    assert canned.requests[0] == canned.requests[1]


async def test_many_questions_are_asked_at_once(pool: AsyncPool) -> None:
    answers = await asyncio.gather(*map(pool.chat, [f"say {n}" for n in range(4)]))
    assert [answer.text for answer in answers] == [str(n) for n in range(4)]


async def test_a_drawn_seed_is_sent_and_told(pool: AsyncPool, canned: Any) -> None:
    answer = await pool.chat("Hello")
    assert answer.seed is not None
    assert answer.seed == canned.requests[0].seed


async def test_an_unknown_model_is_the_servers_error(pool: AsyncPool) -> None:
    with pytest.raises(RequestFailed) as raised:
        await pool.chat("Hello", model="missing")
    assert (raised.value.http_status, raised.value.error_code) == (404, "model_not_found")


async def test_a_field_that_an_answer_cannot_show_is_refused(pool: AsyncPool, canned: Any) -> None:
    with pytest.raises(UnsupportedParameter, match="openai"):
        await pool.chat("Hello", n=2)
    assert canned.requests == []


async def test_a_prompt_is_completed_without_a_chat(pool: AsyncPool, canned: Any) -> None:
    assert (await pool.complete("MLX")).text == "MLX is an array framework."
    assert canned.requests[0].prompt == "MLX"


async def test_pictures_are_seen(pool: AsyncPool, canned: Any) -> None:
    answer = await pool.see([Image.new("RGB", (4, 4)), Image.new("RGB", (8, 4))])
    parts = canned.requests[0].messages[0].content
    assert [part.type for part in parts] == ["image_url", "image_url", "text"]
    assert parts[-1].text == "What is in these images?"
    assert len(answer.images) == 2


async def test_pictures_go_with_a_chat(pool: AsyncPool, canned: Any) -> None:
    await pool.chat("Hello", images=Image.new("RGB", (4, 4)))
    assert [part.type for part in canned.requests[0].messages[0].content] == ["image_url", "text"]


async def test_without_a_picture_nothing_is_seen(pool: AsyncPool, canned: Any) -> None:
    with pytest.raises(InvalidRequest, match="no picture"):
        await pool.see([])
    assert canned.requests == []


async def test_cancelling_closes_the_connection(pool: AsyncPool, canned: Any) -> None:
    task = asyncio.create_task(pool.chat("hold"))
    assert await happened(canned.holds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await happened(canned.client_left)


async def test_cancelling_before_the_status_closes_the_connection(
    pool: AsyncPool, canned: Any
) -> None:
    task = asyncio.create_task(pool.chat("stall"))
    assert await happened(canned.holds)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await happened(canned.client_left)


async def test_a_time_limit_closes_the_connection(pool: AsyncPool, canned: Any) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pool.chat("hold"), 0.2)
    assert await happened(canned.client_left)


async def test_a_server_that_is_gone_is_told(pool: AsyncPool, canned: Any) -> None:
    canned.close()
    with pytest.raises(ServerNotFound, match="Nothing answers"):
        await pool.chat("Hello")


async def test_a_pool_says_where_it_is(pool: AsyncPool, canned: Any) -> None:
    assert repr(pool) == f"AsyncPool({canned.url!r}, found by 'explicit')"


async def test_the_server_is_found_as_for_the_other_pool(use_canned: Any) -> None:
    async with mlx_jupyter.connect_async() as pool:
        assert pool.endpoint.how == "environment"
        assert (await pool.health()).instance_id == "canned"


async def test_openais_client_for_asyncio_is_given(real_pool: AsyncPool) -> None:
    async with real_pool.async_openai() as client:
        assert "demo/chat" in [model.id async for model in client.models.list()]


async def test_a_missing_openai_package_says_what_to_install(
    pool: AsyncPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ImportError, match="pip install openai"):
        pool.async_openai()


async def test_the_same_seed_gives_what_the_other_pool_gives(
    real_pool: AsyncPool, server: Any
) -> None:
    answer = await real_pool.chat("What is MLX?", seed=7, max_tokens=20)
    with mlx_jupyter.connect(server.url, server.key) as other:
        assert other.chat("What is MLX?", seed=7, max_tokens=20).text == answer.text
    assert answer.revision


async def test_cancelling_stops_the_real_server(real_pool: AsyncPool) -> None:
    """Left alone it would generate for more than two seconds."""
    await real_pool.complete("Hello", model="llama", max_tokens=1)
    prompts: Any = ["Hello"] * 16
    stream = await real_pool.complete(prompts, model="llama", max_tokens=480, stream=True)
    pieces = aiter(stream)
    await anext(pieces)
    task = asyncio.create_task(last_of(pieces))
    assert (await real_pool.health(ping=False)).requests == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await nothing_runs(real_pool, seconds=1)
    assert (stream.answer.partial, stream.answer.finish_reason) == (True, "interrupted")


async def last_of(pieces: AsyncIterator[str]) -> str:
    return [piece async for piece in pieces][-1]
