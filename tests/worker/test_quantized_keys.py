"""Keys and values in a few bits, in a real worker process."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mlx_jupyter.errors import LoadFailed
from mlx_jupyter.messages import Delta, Joined, Prefill, Reused, Sampling
from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.models import TRAINED, build
from tests.reference import greedy
from tests.worker import held_bytes
from tests.worker.asking import ask, request
from tests.worker.conftest import start

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTIONS = ["What is MLX?", "Hi", "word " * 400, "def add(a, b):"]
HOT = Sampling(seed=5, temperature=1.2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its heads are as wide as a group, 64."""
    folder = tmp_path_factory.mktemp("heads")
    return build(folder, "llama", hidden=128, heads=2, kv_heads=1)["llama"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def link(folder: Path) -> AsyncIterator[WorkerLink]:
    link = await start(folder, max_batch=4, kv_bits=8)
    yield link
    await link.stop()


@pytest.mark.parametrize("bits", [4, 8])
async def test_the_greedy_text_is_mlx_lms_with_the_same_bits(folder: Path, bits: int) -> None:
    chats = [[{"role": "user", "content": question}] for question in QUESTIONS]
    options = {"kv_bits": bits, "quantized_kv_start": 0, "prefill_step_size": 512}
    expected = await asyncio.to_thread(greedy, folder, chats, 24, **options)
    link = await start(folder, kv_bits=bits)
    together = await asyncio.gather(*(ask(link, question, max_tokens=24) for question in QUESTIONS))
    assert [one.text for one in together] == [one.text for one in expected]
    assert [one.choices[0].tokens for one in together] == [one.tokens for one in expected]
    await link.stop()


async def test_a_trained_model_answers_as_without() -> None:
    link = await start(TRAINED["llama"], kv_bits=8)
    answer = await ask(link, "What is MLX?")
    assert (answer.text[:6], answer.finish) == ("MLX is", "stop")
    await link.stop()


async def test_heads_that_no_group_divides_are_refused(checkpoints: Path) -> None:
    with pytest.raises(LoadFailed, match=r"kv_bits=8 .* a head has 16 numbers"):
        await start(checkpoints / "llama", kv_bits=8)


async def test_two_that_answer_at_once_take_turns(link: WorkerLink) -> None:
    order: list[str] = []

    async def one(name: str) -> None:
        with link.generate(request(name, max_tokens=60)) as stream:
            while items := await stream.take():
                order.extend(name for item in items if isinstance(item, Delta))

    await asyncio.gather(one("first"), one("second"))
    assert {"first", "second"} == set(order[:20])


async def test_more_than_fit_wait_and_are_all_served(link: WorkerLink) -> None:
    answers = await asyncio.gather(*(ask(link, "same", max_tokens=8) for _ in range(10)))
    assert len({answer.text for answer in answers}) == 1


async def test_the_same_seed_gives_the_same_text_alone_and_beside_others(link: WorkerLink) -> None:
    alone = await ask(link, "Hello", sampling=HOT, max_tokens=20)
    first, *_ = await asyncio.gather(
        ask(link, "Hello", sampling=HOT, max_tokens=20), ask(link, "other", max_tokens=20)
    )
    assert first.text == alone.text


async def test_choices_differ_and_share_one_prefill(link: WorkerLink) -> None:
    many = await ask(link, "Hello", sampling=HOT, n=3, max_tokens=20)
    alone = await ask(link, "Hello", sampling=HOT, max_tokens=20)
    assert len({choice.text for choice in many.choices.values()}) == 3
    assert many.text == alone.text
    assert len(many.prefills) == len(alone.prefills)


async def test_choices_for_which_there_is_no_place_wait_for_one(link: WorkerLink) -> None:
    open_choices: set[int] = set()
    with link.generate(request("Hello", sampling=HOT, n=7, max_tokens=12)) as stream:
        while items := await stream.take():
            for item in items:
                if isinstance(item, Delta):
                    open_choices.add(item.index)
                    assert len(open_choices) <= 4
                    open_choices -= {item.index} if item.finish else set()


async def test_penalties_count_the_answer(link: WorkerLink) -> None:
    two = Sampling(0, 0.0, logit_bias={65: 100.0, 66: 100.0}, frequency_penalty=2.0)
    answer = await ask(link, "Hello", max_tokens=16, sampling=two)
    assert len(set(answer.text)) == 2


async def test_a_prompt_that_was_read_is_not_read_again(folder: Path) -> None:
    link = await start(folder, kv_bits=8, prompt_cache_bytes=2**24)
    first, again = [await ask(link, "word " * 400, max_tokens=8) for _ in range(2)]
    assert again.text == first.text
    with link.generate(request("word " * 400, max_tokens=8)) as stream:
        items = await stream.take()
        while not any(isinstance(item, Reused) for item in items):
            items += await stream.take()
    reused = next(item.tokens for item in items if isinstance(item, Reused))
    assert reused == first.prompt_tokens - 1
    await link.stop()


async def test_a_cancel_frees_the_place_in_prefill_and_decoding(link: WorkerLink) -> None:
    for wanted in (Joined, Prefill, Delta):
        with link.generate(request("a " * 900, max_tokens=400)) as stream:
            while not any(isinstance(item, wanted) for item in await stream.take()):
                pass
        assert await link.ping(10)
    assert (await ask(link, "Hello", max_tokens=4)).choices[0].tokens == 4


async def test_a_stop_text_and_logprobs_are_as_in_a_batch(link: WorkerLink) -> None:
    whole = await ask(link, "Hello", max_tokens=20, top_logprobs=2)
    assert "".join(one.text for one in whole.choices[0].logprobs) == whole.text
    stop = whole.text[5:8]
    cut = await ask(link, "Hello", max_tokens=20, stop=(stop,))
    assert (cut.text, cut.finish) == (whole.text[: whole.text.index(stop)], "stop")


async def test_a_text_takes_the_bytes_of_the_formula(folder: Path) -> None:
    """Of 2 layers with 1 key head of 64, in f32; room is made for 256 tokens at a time."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, held_bytes.__file__, str(folder), "600", "4", "8"],
        env=worker_environment(os.environ, find_blas("auto")),
        capture_output=True,
        check=True,
    )
    found = {int(bits): size for bits, size in json.loads(done.stdout).items()}
    formula = {bits: int(2 * 2 * 64 * 768 * (bits / 8 + 2 * 4 / 64)) for bits in (4, 8)}
    assert found == formula
