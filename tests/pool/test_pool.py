"""The pool with real worker processes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.errors import (
    CheckpointInvalid,
    ModelInUse,
    ModelNotFound,
    NotFound,
    PoolClosed,
    WorkerDied,
)
from mlx_jupyter.messages import Delta
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.pool.slot import State
from tests.defects import broken
from tests.worker.asking import Whole, read, request


@pytest_asyncio.fixture
async def pool(checkpoints: Path, tmp_path: Path) -> AsyncIterator[Pool]:
    broken(checkpoints / "llama", tmp_path / "broken", "no_weights")
    catalog = Catalog([checkpoints, tmp_path], {}, hub_cache=tmp_path / "hub")
    made = Pool(PoolSettings(worker_environment(os.environ, None), spare_workers=0), catalog.find)
    yield made
    await made.stop()


async def ask(pool: Pool, model: str, question: str = "Hello", max_tokens: int = 4) -> Whole:
    with pool.lease(model) as lease:
        await lease.granted()
        return await read(lease.generate(request(question, max_tokens=max_tokens)))


def pids(pool: Pool) -> list[int]:
    return [link.pid for _, link in pool.workers()]


async def test_a_hundred_requests_for_an_absent_model_start_one_worker(pool: Pool) -> None:
    answers = await asyncio.gather(*(ask(pool, "llama") for _ in range(100)))
    assert {answer.choices[0].tokens for answer in answers} == {4}
    assert len(pids(pool)) == 1


async def test_a_failed_load_gives_all_the_same_error_and_leaves_nothing_behind(pool: Pool) -> None:
    results = await asyncio.gather(
        *(ask(pool, "broken") for _ in range(20)), return_exceptions=True
    )
    assert len(set(map(id, results))) == 1
    assert isinstance(results[0], CheckpointInvalid)
    assert pids(pool) == []
    assert pool.slot("broken").state is State.ABSENT
    with pytest.raises(ModelNotFound):
        await ask(pool, "no such model")


async def test_unloading_ends_the_process_and_frees_its_bytes(pool: Pool) -> None:
    await ask(pool, "llama")
    (pid,) = pids(pool)
    assert pool.resident_bytes("llama")
    await pool.unload("llama")
    assert not psutil.pid_exists(pid)
    assert pool.resident_bytes("llama") is None
    with pytest.raises(NotFound):
        await pool.unload("llama")
    await ask(pool, "llama")


async def test_a_model_in_use_is_unloaded_only_by_force(pool: Pool) -> None:
    with pool.lease("llama") as lease:
        await lease.granted()
        with lease.generate(request("Hello", max_tokens=1500)) as stream:
            await stream.take()
            with pytest.raises(ModelInUse):
                await pool.unload("llama")
            await pool.unload("llama", force=True)
            with pytest.raises(WorkerDied, match="was unloaded"):
                await read(stream)


async def test_a_killed_worker_fails_its_requests_and_is_replaced_at_the_next_use(
    pool: Pool,
) -> None:
    await ask(pool, "qwen3")
    with pool.lease("llama") as lease:
        await lease.granted()
        with lease.generate(request("Hello", max_tokens=1500)) as stream:
            while not any(isinstance(item, Delta) for item in await stream.take()):
                pass
            victim = next(link for model, link in pool.workers() if model == "llama")
            os.kill(victim.pid, signal.SIGKILL)
            with pytest.raises(WorkerDied, match="SIGKILL"):
                await read(stream)
    assert isinstance(pool.failed()["llama"], WorkerDied)
    assert pool.slot("qwen3").state is State.READY
    await ask(pool, "llama")
    assert pool.failed() == {}


async def test_a_signal_without_a_name_ends_a_worker_like_any_other(pool: Pool) -> None:
    await ask(pool, "llama")
    with pool.lease("llama") as lease:
        await lease.granted()
        with lease.generate(request("Hello", max_tokens=1500)) as stream:
            await stream.take()
            os.kill(pids(pool)[0], signal.SIGRTMIN + 6)
            with pytest.raises(WorkerDied, match=r"signal \d+"):
                await read(stream)
    await ask(pool, "llama")


async def test_an_unload_that_is_given_up_leaves_a_slot_that_can_be_used(pool: Pool) -> None:
    await ask(pool, "llama")
    os.kill(pids(pool)[0], signal.SIGSTOP)
    while psutil.Process(pids(pool)[0]).status() != psutil.STATUS_STOPPED:
        pass
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await pool.unload("llama")
    await ask(pool, "llama")
    assert len(pids(pool)) == 1


async def test_a_load_that_everyone_gave_up_is_ended(pool: Pool) -> None:
    with pool.lease("llama") as lease:
        while not pids(pool):
            await lease.granted(0.005)
        (pid,) = pids(pool)
    await pool._conductor.settled()
    assert not psutil.pid_exists(pid)
    assert pool.slot("llama").state is State.ABSENT
    await ask(pool, "llama")


async def test_a_spare_worker_is_used_for_the_next_load(checkpoints: Path, tmp_path: Path) -> None:
    catalog = Catalog([checkpoints], {}, hub_cache=tmp_path)
    pool = Pool(PoolSettings(worker_environment(os.environ, None), spare_workers=1), catalog.find)
    pool.start()
    await pool._conductor.spares._starting  # type: ignore[misc]  # nothing public tells when a spare is up
    (spare,) = pids(pool)
    await ask(pool, "llama")
    assert spare in pids(pool)
    await pool.stop()
    assert not psutil.pid_exists(spare)


async def test_a_stopped_pool_refuses(checkpoints: Path, tmp_path: Path) -> None:
    catalog = Catalog([checkpoints], {}, hub_cache=tmp_path)
    pool = Pool(PoolSettings(worker_environment(os.environ, None)), catalog.find)
    with pool.lease("llama") as lease:
        await pool.stop()
        with pytest.raises(PoolClosed):
            await lease.granted()
    with pytest.raises(PoolClosed):
        pool.lease("llama")


async def test_nothing_a_worker_prints_reaches_our_output(
    pool: Pool, capfd: pytest.CaptureFixture[str]
) -> None:
    await ask(pool, "llama")
    assert capfd.readouterr() == ("", "")
