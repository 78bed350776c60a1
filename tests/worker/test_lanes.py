"""Short and long sequences beside each other, in lanes of their own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mlx_jupyter.messages import Delta
from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.worker.prefill_pace import FIRST_TOKENS
from tests.models import build
from tests.reference import greedy
from tests.worker import waiting_bytes
from tests.worker.asking import ask, read, request
from tests.worker.conftest import Worker, start

pytestmark = pytest.mark.asyncio(loop_scope="session")

WORDS = "What is a token, and what is a pin? "
QUESTIONS = ["Hi", WORDS, WORDS * 20, WORDS * 60, "def add(a, b):", WORDS * 75]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and values; sliding windows; states beside keys and values."""
    folder = tmp_path_factory.mktemp("lanes")
    build(folder, "llama", "window", "lfm2")
    return folder


@pytest.mark.parametrize("family", ["llama", "window", "lfm2"])
async def test_long_and_short_prompts_are_answered_as_alone_whoever_comes_first(
    worker: Worker, models: Path, family: str
) -> None:
    chats = [[{"role": "user", "content": question}] for question in QUESTIONS]
    expected = await asyncio.to_thread(greedy, models / family, chats, 20)
    link = await worker(str(models / family))
    for order in (QUESTIONS, QUESTIONS[::-1]):
        with link.generate(request("someone else", max_tokens=400)) as other:
            while not any(isinstance(item, Delta) for item in await other.take()):
                pass
            answers = await asyncio.gather(*(ask(link, one, max_tokens=20) for one in order))
        texts = dict(zip(order, (answer.text for answer in answers), strict=True))
        assert [texts[one] for one in QUESTIONS] == [one.text for one in expected]


async def test_beside_a_stream_a_long_prompt_begins_with_a_small_piece(models: Path) -> None:
    """How small the next ones are is a matter of time (`test_prefill_pace`)."""
    link = await start(models / "llama")
    with link.generate(request("first", max_tokens=1500)) as other:
        while not any(isinstance(item, Delta) for item in await other.take()):
            pass
        with link.generate(request(f"Beside: {WORDS}" + WORDS * 70, max_tokens=2)) as long:
            whole = await read(long)
    await link.stop()
    assert 0 < whole.prefills[0].done_tokens <= FIRST_TOKENS


async def test_a_long_prompt_that_is_still_being_read_can_be_cancelled(worker: Worker) -> None:
    link = await worker("llama")
    with link.generate(request("first", max_tokens=200)) as other:
        while not any(isinstance(item, Delta) for item in await other.take()):
            pass
        for _ in range(5):
            with link.generate(request(WORDS * 70, max_tokens=2)):
                await asyncio.sleep(0)
        assert (await read(other)).finish == "length"
    assert (await ask(link, "Hi", max_tokens=3)).finish == "length"


async def test_who_waits_with_what_another_has_read_does_not_hold_its_batch(models: Path) -> None:
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, waiting_bytes.__file__, str(models / "llama")],
        env=worker_environment(os.environ, find_blas("auto")),
        capture_output=True,
        check=True,
    )
    held, made = json.loads(done.stdout)
    assert held < 1.05 * made
