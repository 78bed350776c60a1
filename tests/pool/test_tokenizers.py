"""Workers that have a tokenizer and no weights, with real processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.errors import CodeRefused, InvalidRequest, PoolClosed, QueueFull, WorkerDied
from mlx_jupyter.messages import Detokenize, Load, Tokenize, Tokenized
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.pool.tokenizers import MOST, Tokenizers, is_short
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.defects import broken

HELLO = Tokenize(0, prompt="Hello world!")


@pytest_asyncio.fixture
async def tokenizers() -> AsyncIterator[Tokenizers]:
    made = Tokenizers(start, 0, answer_seconds=20.0)
    yield made
    await made.stop()


async def start() -> WorkerLink:
    return await WorkerLink.start(worker_environment(os.environ, None))


def load(folder: Path) -> Load:
    return Load(path=str(folder), kind="text", max_batch=1)


async def ask(
    tokenizers: Tokenizers, folder: Path, question: Tokenize | Detokenize = HELLO
) -> object:
    return await tokenizers.ask(folder.name, "state", load(folder), question)


def pids(tokenizers: Tokenizers) -> list[int]:
    return [link.pid for link in tokenizers.links]


async def ended(pid: int) -> None:
    """An event of another process has no handle to wait on."""
    for _ in range(2000):
        if not psutil.pid_exists(pid):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"process {pid} is still there")


async def test_the_next_question_about_a_model_finds_its_process(
    tokenizers: Tokenizers, checkpoints: Path
) -> None:
    first = await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    assert isinstance(first, Tokenized)
    assert (await ask(tokenizers, checkpoints / "llama")) == first.__class__(
        2, first.count, first.context_length, first.tokens
    )
    with pytest.raises(InvalidRequest, match="token id 1000000 is not in"):
        await ask(tokenizers, checkpoints / "llama", Detokenize(0, [1, 10**6]))
    assert pids(tokenizers) == [pid]


async def test_there_are_only_so_many_and_the_oldest_goes_first(
    tokenizers: Tokenizers, checkpoints: Path
) -> None:
    for model in ("llama", "qwen3"):
        await ask(tokenizers, checkpoints / model)
    oldest, newer = pids(tokenizers)
    await ask(tokenizers, checkpoints / "mistral")
    await ended(oldest)
    assert len(pids(tokenizers)) == MOST
    tokenizers.shed()
    await ended(newer)
    assert pids(tokenizers) == []


async def test_one_that_nobody_asks_is_not_kept_for_long(checkpoints: Path) -> None:
    tokenizers = Tokenizers(start, 0, keep_seconds=0.01)
    await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    await ended(pid)
    await tokenizers.stop()


async def test_a_kept_one_leaves_for_want_of_room(
    tokenizers: Tokenizers, checkpoints: Path
) -> None:
    await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    tokenizers.fit(10**12)
    assert pids(tokenizers) == [pid]
    tokenizers.fit(0)
    await ended(pid)


async def test_who_goes_away_ends_the_process(tokenizers: Tokenizers, checkpoints: Path) -> None:
    await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    asking = asyncio.create_task(ask(tokenizers, checkpoints / "llama"))
    await asyncio.sleep(0)
    asking.cancel()
    await ended(pid)


async def test_one_that_does_not_answer_is_ended(tokenizers: Tokenizers, checkpoints: Path) -> None:
    await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    tokenizers._answer_seconds = 0.05
    os.kill(pid, signal.SIGSTOP)
    with pytest.raises(WorkerDied, match="did not answer within"):
        await ask(tokenizers, checkpoints / "llama")
    os.kill(pid, signal.SIGCONT)
    await ended(pid)


async def test_a_killed_one_is_replaced_until_the_pool_stops(
    tokenizers: Tokenizers, checkpoints: Path
) -> None:
    await ask(tokenizers, checkpoints / "llama")
    (killed,) = pids(tokenizers)
    os.kill(killed, signal.SIGKILL)
    await ask(tokenizers, checkpoints / "llama")
    (pid,) = pids(tokenizers)
    await tokenizers.stop()
    assert not psutil.pid_exists(pid)
    with pytest.raises(PoolClosed):
        await ask(tokenizers, checkpoints / "llama")


async def test_too_many_questions_are_refused_at_once(
    tokenizers: Tokenizers, checkpoints: Path
) -> None:
    asked = [asyncio.create_task(ask(tokenizers, checkpoints / "llama")) for _ in range(MOST)]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await ask(tokenizers, checkpoints / "llama")
    await asyncio.gather(*asked)


async def test_a_checkpoint_without_its_weights_can_still_be_asked(
    tokenizers: Tokenizers, checkpoints: Path, tmp_path: Path
) -> None:
    folder = broken(checkpoints / "llama", tmp_path / "bare", "no_weights")
    answer = await ask(tokenizers, folder)
    assert isinstance(answer, Tokenized)
    assert len(json.loads(answer.tokens)) == answer.count > 0


@pytest.mark.parametrize("defect", ["code_for_tokenizer", "model_file"])
async def test_no_tokenizer_of_a_checkpoint_that_names_code_is_read(
    checkpoints: Path, tmp_path: Path, defect: str
) -> None:
    broken(checkpoints / "llama", tmp_path / "coded", defect)
    catalog = Catalog([tmp_path], {}, hub_cache=tmp_path / "hub")
    pool = Pool(PoolSettings(worker_environment(os.environ, None), spare_workers=0), catalog.find)
    with pytest.raises(CodeRefused):
        await pool.spell("coded", HELLO)
    assert list(pool.workers()) == []
    await pool.stop()


async def test_a_loaded_model_that_is_busy_for_long_is_not_waited_for(
    checkpoints: Path, tmp_path: Path
) -> None:
    catalog = Catalog([checkpoints], {}, hub_cache=tmp_path / "hub")
    pool = Pool(PoolSettings(worker_environment(os.environ, None), spare_workers=0), catalog.find)
    await pool.load("llama", pin=False)
    ((_, link),) = pool.workers()
    fresh = await pool.spell("llama", HELLO)
    pool._conductor.aside_seconds = 0.1
    os.kill(link.pid, signal.SIGSTOP)
    beside = await pool.spell("llama", HELLO)
    assert isinstance(fresh, Tokenized)
    assert isinstance(beside, Tokenized)
    assert beside.tokens == fresh.tokens
    assert len(list(pool.workers())) == 2
    os.kill(link.pid, signal.SIGCONT)
    await pool.stop()


LONG = "a" * 60_000


@pytest.mark.parametrize(
    ("question", "short"),
    [
        (Tokenize(0, prompt="Hello"), True),
        (Tokenize(0, prompt=LONG), False),
        (Tokenize(0, messages=[{"role": "user", "content": "Hello"}]), True),
        (Tokenize(0, messages=[{"role": "user", "content": LONG[:30_000]}] * 2), False),
        (Detokenize(0, [1, 2, 3]), True),
        (Detokenize(0, [1] * 60_000), False),
    ],
)
async def test_only_a_short_question_is_for_a_worker_that_answers_others(
    question: Tokenize | Detokenize, short: bool
) -> None:
    assert is_short(question) is short
