"""The pool with real worker processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
import pytest_asyncio

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.errors import (
    CheckpointInvalid,
    InsufficientMemory,
    ModelInUse,
    ModelNotFound,
    NotFound,
    PoolClosed,
    WorkerDied,
)
from mlx_jupyter.messages import Delta, Generate, Sampling
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.events import Event
from mlx_jupyter.pool.history import History
from mlx_jupyter.pool.host import Host
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.pool.pressure import floor_bytes
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.stream import Stream
from mlx_jupyter.pool.use import Use
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.defects import broken
from tests.models import build
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


async def test_there_are_no_more_spares_than_asked_for_however_often_they_are_looked_at(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="1GB", spare_workers=1) as pool:
        before = set(psutil.Process().children())
        starting = pool._conductor.spares._starting
        assert starting is not None
        while not starting.done():
            pool.status()
            await asyncio.sleep(0.001)
        workers = set(psutil.Process().children()) - before
        assert len(workers) <= len(pids(pool)) == 1


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


# --- a budget -------------------------------------------------------------------------------------

GIB = 2**30
PLENTY = Host(16 * GIB, 12 * GIB)
BUDGET = 1_300_000
"""Two of the models, which have about 0.45 MB each."""


class Machine:
    """The memory of a machine on which other programs run too."""

    def __init__(self) -> None:
        self.host = PLENTY

    def read(self) -> Host:
        return self.host


@contextlib.asynccontextmanager
async def a_pool(checkpoints: Path, tmp_path: Path, **settings: Any) -> AsyncIterator[Pool]:
    """With a budget, started, and without spares unless asked for."""
    catalog = Catalog([checkpoints, tmp_path], {}, hub_cache=tmp_path / "hub")
    known: dict[str, Any] = {"memory_limit": BUDGET, "spare_workers": 0, "watch_seconds": 0.02}
    chosen = PoolSettings(worker_environment(os.environ, None), **known | settings)
    made = Pool(chosen, catalog.find)
    made.start()
    try:
        yield made
    finally:
        await made.stop()


async def until(pool: Pool, event: str, **fields: object) -> Event:
    """The next such event; those that were published already count too."""
    subscription = pool.events.subscribe(after=0)
    try:
        async with asyncio.timeout(30):
            while True:
                for found in await subscription.next(30):
                    same = all(getattr(found, name) == value for name, value in fields.items())
                    if found.type == event and same:
                        return found
    finally:
        subscription.close()


async def eventually(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.001)


def ready(pool: Pool) -> set[str]:
    return {model for model, _ in pool.workers() if model and pool.slot(model).state is State.READY}


async def test_a_third_model_evicts_the_coldest_and_its_memory_comes_back(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await ask(pool, "llama")
        first = {link.pid for _, link in pool.workers()}
        await ask(pool, "qwen3")
        await ask(pool, "gemma2")
        assert ready(pool) == {"qwen3", "gemma2"}
        assert not any(psutil.pid_exists(pid) for pid in first)
        eviction = await until(pool, "eviction", model="llama")
        assert eviction.made_room_for == "gemma2"


async def test_an_evicted_model_gives_the_same_greedy_text_when_it_is_back(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        texts = [
            (await ask(pool, model, max_tokens=20)).choices[0].text
            for model in ("llama", "qwen3", "gemma2", "mistral", "llama")
        ]
        assert texts[0] == texts[-1]


async def test_a_lease_says_who_left_for_it(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path, max_models=1) as pool:
        await ask(pool, "llama")
        with pool.lease("qwen3") as lease:
            await lease.granted()
            assert lease.evicted == ("llama",)
        with pool.lease("qwen3") as again:
            await again.granted()
            assert again.evicted == ()


async def test_an_idle_model_is_unloaded_by_the_clock(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path, keep_alive_seconds=0.05) as pool:
        await ask(pool, "llama")
        gone = await until(pool, "state", model="llama", state="absent")
        assert gone.before == "unloading"
        assert (await until(pool, "eviction", model="llama")).reason.startswith("idle for")


async def test_sizes_and_load_times_are_remembered_on_disk(
    checkpoints: Path, tmp_path: Path
) -> None:
    file = tmp_path / "deep" / "history.json"
    async with a_pool(checkpoints, tmp_path, history_file=file) as pool:
        await ask(pool, "llama")
        await pool._conductor.idle()
    async with a_pool(checkpoints, tmp_path, history_file=file) as pool:
        plan = await pool.plan("llama")
        assert plan.estimated_load_time_seconds == History(file).load_seconds("llama", 0)
        assert History(file).footprint_bytes("llama", plan.needed_bytes) == plan.needed_bytes


async def test_preloaded_models_are_pinned_and_an_unknown_one_hurts_nobody(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, preload=("no such model", "llama")) as pool:
        pinned = await until(pool, "pin", model="llama")
        assert pinned.pinned_by == ["user"]


# --- failure ----------------------------------------------------------------------------------


async def test_a_pinned_model_comes_back_after_its_worker_was_killed(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, comeback_seconds=0.01) as pool:
        await pool.load("llama", pin=True)
        (pid,) = pids(pool)
        os.kill(pid, signal.SIGKILL)
        await until(pool, "state", model="llama", state="absent")
        seen = pool.events.kept[-1].id
        subscription = pool.events.subscribe(after=seen)
        while not any(e.state == "ready" for e in await subscription.next(30)):
            pass
        assert pids(pool) != [pid]
        assert pool.slot("llama").pinned
        assert pool.failed() == {}


async def test_a_model_that_dies_three_times_while_it_loads_stays_away_until_it_is_asked_for(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, comeback_seconds=0.001) as pool:
        await pool.load("llama", pin=True)
        killed: set[int] = set()

        def kill_each() -> bool:
            for model, link in pool.workers():
                if model == "llama" and link.pid not in killed:
                    killed.add(link.pid)
                    os.kill(link.pid, signal.SIGKILL)
            return pool.slot("llama").crashes == 3

        await eventually(kill_each)
        await pool._comebacks.finished()
        assert pids(pool) == []
        assert "SIGKILL" in pool.failed()["llama"].message
        assert "'llama'" in pool.failed()["llama"].message
        await ask(pool, "llama")
        assert pool.slot("llama").crashes == 0


async def test_a_worker_that_says_nothing_is_ended_and_its_requests_are_told(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await ask(pool, "llama")
        await ask(pool, "qwen3")
        victim = next(link.pid for model, link in pool.workers() if model == "llama")
        pool._watch.hang_seconds = 0.2
        os.kill(victim, signal.SIGSTOP)
        with pytest.raises(WorkerDied, match=r"model 'llama' ended \(it said nothing for \d"):
            await ask(pool, "llama")
        pool._watch.hang_seconds = 60.0
        assert ready(pool) == {"qwen3"}
        await ask(pool, "llama")


async def test_an_idle_worker_may_be_silent(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await ask(pool, "llama")
        ((_, link),) = pool.workers()
        assert link.silent_seconds(asyncio.get_running_loop().time() + 100) == 0.0


# --- pressure ---------------------------------------------------------------------------------


async def test_under_pressure_caches_go_then_idle_models_and_then_loads_are_refused(
    checkpoints: Path, tmp_path: Path
) -> None:
    machine = Machine()
    async with a_pool(checkpoints, tmp_path, read_host=machine.read) as pool:
        await ask(pool, "llama")
        await pool.load("qwen3", pin=True)
        machine.host = Host(16 * GIB, GIB // 4)
        await until(pool, "eviction", model="llama")
        refusing = await until(pool, "pressure", state="critical")
        assert "0.268 GB of this machine's 17.2 GB are available" in str(refusing.reason)
        await eventually(lambda: pool._conductor.scheduler.limits.refusing)
        with pytest.raises(InsufficientMemory, match="are available"):
            await ask(pool, "llama")
        await ask(pool, "qwen3")
        assert ready(pool) == {"qwen3"}, "a pinned model stays, and answers"
        machine.host = PLENTY
        await eventually(lambda: not pool._conductor.scheduler.limits.refusing)
        await ask(pool, "llama")


async def test_a_load_leaves_to_others_what_they_need(checkpoints: Path, tmp_path: Path) -> None:
    machine = Machine()
    async with a_pool(checkpoints, tmp_path, read_host=machine.read, watch_seconds=60) as pool:
        machine.host = Host(16 * GIB, floor_bytes(16 * GIB) + 1000)
        with pytest.raises(InsufficientMemory, match="other programs"):
            await ask(pool, "llama")


async def test_shedding_gives_back_what_a_worker_keeps_for_reuse(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await ask(pool, "llama", max_tokens=200)
        ((_, link),) = pool.workers()
        link.shed()
        await eventually(lambda: link.reading is not None and link.reading.cached_bytes == 0)


async def test_at_rest_a_worker_holds_its_weights_and_prompts_and_nothing_else(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="100MB") as pool:
        await asyncio.gather(*(ask(pool, "llama", max_tokens=300) for _ in range(8)))
        ((_, link),) = pool.workers()
        weights = pool.resident_bytes("llama") or 0
        last_logits = 3 * 16 * 700 * 4
        assert last_logits < pool.slot("llama").kv.bytes(300)

        async def is_small() -> bool:
            assert await link.ping(5)
            found = link.reading
            assert found is not None
            return found.active_bytes - found.prompt_cache_bytes - weights < last_logits

        async with asyncio.timeout(10):  # a step that nobody waits for may be under way
            while not await is_small():
                pass


async def test_what_runs_is_within_what_was_booked_for_it(
    checkpoints: Path, tmp_path: Path
) -> None:
    """Keys and values by formula against the readings of a real batch."""
    async with a_pool(checkpoints, tmp_path, memory_limit="100MB") as pool:
        use = Use(sequences_tokens=(600,))
        with contextlib.ExitStack() as stack:
            leases = [stack.enter_context(pool.lease("llama", use)) for _ in range(4)]
            for lease in leases:
                await lease.granted()
            streams = [
                stack.enter_context(lease.generate(request("Hello", max_tokens=580)))
                for lease in leases
            ]
            ((_, link),) = pool.workers()
            slot = pool.slot("llama")
            formula = slot.weights_bytes + slot.kv_bytes
            assert slot.kv_bytes == 4 * slot.kv.bytes(600) > 0
            while not all(stream.done for stream in streams):
                for stream in streams:
                    await stream.take(0.01)
                await link.ping(5)
                assert link.reading is not None
                assert link.reading.active_bytes < 1.1 * formula


async def test_short_requests_beside_a_long_one_are_booked_for_about_what_they_hold(
    tmp_path: Path,
) -> None:
    build(tmp_path / "models", "llama", context=4096)
    rows = [(3300, 600), *[(25 + n, 440) for n in range(4)]]
    endless = Sampling(0, 0.0, logit_bias={65: 100.0})
    options = {"memory_limit": "200MB", "prompt_cache": "off"}
    async with a_pool(tmp_path / "models", tmp_path, **options) as pool:
        with contextlib.ExitStack() as stack:
            streams: list[Stream] = []
            for prompt_tokens, most in rows:
                use = Use(sequences_tokens=(prompt_tokens + most,))
                lease = stack.enter_context(pool.lease("llama", use))
                await lease.granted()
                asked = Generate(0, endless, prompt=[65] * prompt_tokens, max_tokens=most)
                streams.append(stack.enter_context(lease.generate(asked)))
                while not any(isinstance(item, Delta) for item in await streams[0].take()):
                    pass
            ((_, link),) = pool.workers()
            slot, held_bytes = pool.slot("llama"), 0
            while not all(stream.done for stream in streams):
                await link.ping(5)
                assert link.reading is not None
                held_bytes = max(held_bytes, link.reading.active_bytes - slot.weights_bytes)
            assert held_bytes <= slot.kv_bytes <= 1.5 * held_bytes


async def test_stopping_ends_every_worker_within_five_seconds(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="1GB", spare_workers=1) as pool:
        await ask(pool, "llama")
        await ask(pool, "qwen3")
        processes = [psutil.Process(pid) for pid in pids(pool)]
        os.kill(processes[0].pid, signal.SIGSTOP)
        async with asyncio.timeout(5):
            await pool.stop()
        assert not any(process.is_running() for process in processes)


async def test_a_worker_that_still_imports_is_not_waited_for() -> None:
    link = await WorkerLink.start(worker_environment(os.environ, None))
    await link.stop()
    assert not link.hello.done()
    assert "SIGKILL" in str(link.ended.result())


async def test_a_budget_is_a_share_of_what_the_device_says_it_has(
    checkpoints: Path, tmp_path: Path
) -> None:
    """A CPU says nothing, so it stays a share of the machine's memory."""
    machine = Machine()
    async with a_pool(checkpoints, tmp_path, memory_limit="50%", read_host=machine.read) as pool:
        await ask(pool, "llama")
        assert pool.status().ledger.budget_bytes == 8 * GIB
        assert pool.status().host.device_bytes == 16 * GIB
