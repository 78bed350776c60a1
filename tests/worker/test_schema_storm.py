"""Requests with and without a schema, together in one batch, many of them cancelled."""

from __future__ import annotations

import asyncio
import json
import random
from typing import Any

import pytest

from mlx_jupyter.messages import Sampling, Schema
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.worker.asking import Whole, ask, read, request
from tests.worker.conftest import Worker

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = ("Hello", "Who are you?", "One two three four five", "Why?")
FREE_TOKENS = 24
SHAPES: tuple[dict[str, Any], ...] = (
    {"type": "array", "items": {"enum": [1, 22, 333]}, "minItems": 1, "maxItems": 5},
    {"enum": ["red", "green", "blue"]},
    {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{2}$"},
    {
        "type": "object",
        "properties": {"a": {"type": "boolean"}, "b": {"enum": ["x", "yy"]}},
        "required": ["a", "b"],
        "additionalProperties": False,
    },
)


async def free(link: WorkerLink, question: str, draw: random.Random) -> tuple[str, str]:
    await _pause(draw)
    options: dict[str, object] = {"enable_thinking": False}
    whole = await ask(link, question, max_tokens=FREE_TOKENS, template_options=options)
    return question, whole.text


async def held(link: WorkerLink, place: int, draw: random.Random) -> tuple[int, Whole]:
    await _pause(draw)
    sampling = Sampling(seed=draw.randrange(2**31), temperature=1.2)
    options: dict[str, object] = {"enable_thinking": False}
    wanted = Schema(json.dumps(SHAPES[place]))
    question = draw.choice(QUESTIONS)
    return place, await ask(
        link,
        question,
        sampling=sampling,
        max_tokens=100,
        schema=wanted,
        n=draw.choice((1, 1, 2)),
        template_options=options,
    )


async def left(link: WorkerLink, draw: random.Random) -> None:
    """Cancelled somewhere on its way."""
    await _pause(draw)
    wanted = Schema(json.dumps({"type": "array", "items": {"type": "integer"}, "minItems": 200}))
    asked = asyncio.create_task(
        read(link.generate(request(draw.choice(QUESTIONS), max_tokens=400, schema=wanted)))
    )
    await asyncio.wait({asked}, timeout=draw.random() * 0.2)
    asked.cancel()
    await asyncio.wait({asked})


async def _pause(draw: random.Random) -> None:
    await asyncio.sleep(draw.random())


@pytest.mark.parametrize("name", ["llama", "qwen3"])
async def test_every_answer_fits_and_every_free_text_is_as_it_is_alone(
    worker: Worker, name: str
) -> None:
    link, draw = await worker(name), random.Random(6)
    options: dict[str, object] = {"enable_thinking": False}
    alone = {
        one: (await ask(link, one, max_tokens=FREE_TOKENS, template_options=options)).text
        for one in QUESTIONS
    }
    frees = [free(link, draw.choice(QUESTIONS), random.Random(at)) for at in range(30)]
    helds = [held(link, at % len(SHAPES), random.Random(at)) for at in range(40)]
    gone = [left(link, random.Random(at)) for at in range(30)]
    texts, wholes, _ = await asyncio.gather(
        asyncio.gather(*frees), asyncio.gather(*helds), asyncio.gather(*gone)
    )
    assert all(text == alone[question] for question, text in texts)
    for place, whole in wholes:
        for choice in whole.choices.values():
            assert choice.finish == "stop"
            assert _fits(place, json.loads(choice.text))


def _fits(place: int, value: Any) -> bool:
    match place:
        case 0:
            return 1 <= len(value) <= 5 and set(value) <= {1, 22, 333}
        case 1:
            return value in SHAPES[1]["enum"]
        case 2:
            return len(value) == 6 and value[3] == "-" and value[:3].isupper()
    return value.keys() == {"a", "b"} and value["b"] in ("x", "yy")
