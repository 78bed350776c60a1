"""What was read is not read again, and nothing changes by that: in real workers."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mlx_jupyter.messages import Delta, Generate, Reading, Sampling
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.models import build
from tests.worker.asking import Whole, read
from tests.worker.conftest import start

pytestmark = pytest.mark.asyncio(loop_scope="session")

MAX_BYTES = 4_000_000
FAMILIES = ["llama", "qwen3", "gemma3_text", "lfm2", "mamba2"]
"""Keys and values; with thoughts; sliding windows; states beside keys and values; states alone."""
TOKENS = range(100, 400)


@pytest.fixture(scope="session")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return build(tmp_path_factory.mktemp("families"), *FAMILIES)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shared_link(families: dict[str, Path]) -> AsyncIterator[WorkerLink]:
    worker = await start(families["llama"], prompt_cache_bytes=MAX_BYTES)
    yield worker
    await worker.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def link(shared_link: WorkerLink) -> WorkerLink:
    """It knows nothing yet, and may keep `MAX_BYTES`."""
    shared_link.shed()
    shared_link.limit_prompt_cache(MAX_BYTES)
    return shared_link


def chain(seed: int, length: int) -> list[int]:
    rng = random.Random(seed)
    return [rng.choice(TOKENS) for _ in range(length)]


async def go_on(link: WorkerLink, prompt: list[int], said: int | None = None) -> Whole:
    """Six greedy tokens, or six times `said`."""
    sampling = Sampling(seed=0, temperature=0.0, logit_bias={said: 100.0} if said else {})
    return await read(link.generate(Generate(0, sampling, prompt=prompt, max_tokens=6)))


async def rested(link: WorkerLink) -> Reading:
    """Pings are answered between two steps: after the second all has been put away."""
    await link.ping(10)
    await link.ping(10)
    assert link.reading is not None
    return link.reading


async def test_a_prompt_that_goes_on_reads_only_what_is_new(link: WorkerLink) -> None:
    first = await go_on(link, chain(1, 200))
    assert first.reused_tokens == 0
    again = await go_on(link, chain(1, 200))
    assert again.reused_tokens == 199  # the last one makes the first logits
    assert again.text == first.text
    assert (await go_on(link, chain(1, 200) + chain(2, 30))).reused_tokens == 200
    assert (await go_on(link, chain(1, 150) + chain(3, 30))).reused_tokens == 150
    assert (await go_on(link, chain(4, 200))).reused_tokens == 0


async def test_what_a_cancelled_request_has_read_is_kept(link: WorkerLink) -> None:
    request = Generate(0, Sampling(0, 0.0), prompt=chain(5, 300), max_tokens=300)
    with link.generate(request) as stream:
        while not any(isinstance(item, Delta) for item in await stream.take()):
            pass
    assert (await go_on(link, [*chain(5, 300), 101])).reused_tokens == 300


async def test_what_comes_together_is_read_once(link: WorkerLink) -> None:
    head = chain(6, 300)
    asked = [go_on(link, head + chain(10 + place, 20)) for place in range(8)]
    known = [answer.reused_tokens for answer in await asyncio.gather(*asked)]
    assert sorted(one or 0 for one in known) == [0] + [300] * 7


async def test_few_shots_that_half_of_them_share_are_read_once_too(link: WorkerLink) -> None:
    head, shots = chain(7, 100), chain(8, 100)
    prompts = [head + (shots if place % 2 else []) + chain(20 + place, 10) for place in range(8)]
    answers = await asyncio.gather(*(go_on(link, prompt) for prompt in prompts))
    known = sorted(answer.reused_tokens or 0 for answer in answers)
    assert known == [0, 100, 100, 100, 100, 200, 200, 200]


async def test_who_waits_for_a_request_that_is_cancelled_goes_on_from_there(
    link: WorkerLink,
) -> None:
    """Without a prompt cache: what was read is handed over."""
    link.limit_prompt_cache(0)
    leader = Generate(0, Sampling(0, 0.0), prompt=[*chain(9, 1900), 102], max_tokens=9)
    with link.generate(leader) as stream:
        while not await stream.take():
            pass
        follower = asyncio.create_task(go_on(link, [*chain(9, 1900), 103, 104]))
        await link.ping(10)
    answer = await follower
    alone = await go_on(link, [*chain(9, 1900), 103, 104])
    assert alone.reused_tokens == 0
    assert answer.text == alone.text
    assert answer.reused_tokens in {0, 512, 1024, 1536, 1899, 1900}


async def test_it_keeps_within_its_bytes_and_gives_them_back(link: WorkerLink) -> None:
    empty = await rested(link)
    assert empty.prompt_cache_bytes == 0
    for seed in range(30, 40):
        await go_on(link, chain(seed, 900))
    full = await rested(link)
    assert 0.7 * MAX_BYTES < full.prompt_cache_bytes <= MAX_BYTES
    grown_bytes = full.active_bytes - empty.active_bytes
    assert abs(grown_bytes - full.prompt_cache_bytes) < 0.1 * MAX_BYTES
    link.limit_prompt_cache(MAX_BYTES // 2)
    assert (await rested(link)).prompt_cache_bytes <= MAX_BYTES // 2
    assert (await go_on(link, chain(39, 900))).reused_tokens == 899
    link.shed()
    left = await rested(link)
    assert left.prompt_cache_bytes == 0
    assert left.active_bytes - empty.active_bytes < 0.05 * MAX_BYTES


@pytest.mark.parametrize("family", ["llama", "gemma3_text", "lfm2"])
async def test_no_greedy_token_changes(families: dict[str, Path], family: str) -> None:
    """Turns, forks, crowds and cancels in random order; then the same, with all read anew."""
    worker = await start(families[family], prompt_cache_bytes=MAX_BYTES)
    rng = random.Random(family)
    known: list[list[int]] = [chain(rng.randrange(99), length) for length in (40, 90, 180)]
    answers: list[tuple[list[int], Whole]] = []
    for turn in range(12):
        base = rng.choice(known)
        base = base if turn % 3 else base[: rng.randrange(1, len(base))]
        prompts = [
            base + chain(rng.randrange(999), rng.choice([1, 9, 60])) for _ in range(turn % 4)
        ]
        prompts.append(base)
        asked = [asyncio.create_task(go_on(worker, prompt)) for prompt in prompts]
        if turn % 5 == 4:
            asked.pop().cancel()
        if turn == 7:
            worker.shed()
        answers += zip(prompts, await asyncio.gather(*asked), strict=False)
        known.append(prompts[0])
    for prompt, answer in answers:
        worker.shed()
        expected = await go_on(worker, prompt)
        assert expected.reused_tokens == 0
        assert answer.text == expected.text
        assert answer.prompt_tokens == expected.prompt_tokens
    await worker.stop()
    assert sum(answer.reused_tokens or 0 for _, answer in answers) > 200


@pytest.mark.parametrize("family", ["mamba2", "qwen3"])
async def test_the_next_turn_reads_little_more_than_what_is_new(
    families: dict[str, Path], family: str
) -> None:
    worker = await start(families[family], prompt_cache_bytes=MAX_BYTES)
    chat: list[dict[str, object]] = [{"role": "user", "content": "word " * 150}]
    sampling = Sampling(seed=0, temperature=0.0)
    first = await read(worker.generate(Generate(0, sampling, messages=chat, max_tokens=9)))
    again = await read(worker.generate(Generate(0, sampling, messages=chat, max_tokens=9)))
    chat += [
        {"role": "assistant", "content": "Something else."},
        {"role": "user", "content": "And then?"},
    ]
    second = await read(worker.generate(Generate(0, sampling, messages=chat, max_tokens=9)))
    await worker.stop()
    assert (first.reused_tokens, again.text) == (0, first.text)
    assert first.prompt_tokens - 32 <= (again.reused_tokens or 0) < first.prompt_tokens
    assert (second.reused_tokens or 0) >= first.prompt_tokens - 32
