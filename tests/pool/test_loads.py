"""Models that are loaded with more, or otherwise, than their files have it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mlx_jupyter.errors import ExceedsMemory, InvalidRequest, LoadFailed
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.use import Use
from tests.pool.test_kept_prompts import a_pool, ask


async def test_who_asks_first_chooses_the_draft(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path, draft_models={"llama": "qwen3"}) as pool:
        with pool.lease("llama", Use(draft="llama")), pytest.raises(InvalidRequest) as caught:
            pool.lease("llama", Use(draft="qwen3"))
        assert "is loaded with the draft model 'llama', not with 'qwen3'" in str(caught.value)
        plan, alone = await pool.plan("llama"), await pool.plan("qwen3")
        assert plan.needed_bytes > alone.needed_bytes
        with pool.lease("llama"), pool.lease("llama", Use(draft="qwen3")):
            assert pool.slot("llama").inspecting


async def test_a_model_and_its_draft_are_booked_as_they_are_measured(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path, draft_models={"llama": "llama"}) as pool:
        plan = await pool.plan("llama")
        await ask(pool, "llama", "Hello")
        assert plan.needed_bytes == pool.resident_bytes("llama")
        assert (pool.status().slots[0].draft, pool.status().slots[0].leases) == ("llama", 0)


async def test_who_asked_for_no_draft_is_served_without_one_that_does_not_fit(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        with pool.lease("llama", Use(draft="qwen3")) as first, pool.lease("llama") as second:
            with pytest.raises(InvalidRequest, match="'qwen3' cannot write ahead for 'llama'"):
                await first.granted()
            await second.granted()
        assert pool.status().slots[0].draft is None


@pytest.mark.parametrize("draft", ["qwen3", "nowhere", "demo/embed"])
async def test_a_pair_that_is_configured_and_does_not_fit_says_where(
    checkpoints: Path, tmp_path: Path, draft: str
) -> None:
    async with a_pool(checkpoints, tmp_path, draft_models={"llama": draft}) as pool:
        with pytest.raises(LoadFailed, match=f"'{draft}' .* 'llama': .* correct draft_models"):
            await ask(pool, "llama", "Hello")
        assert pool.failed().keys() == {"llama"}
        if draft != "qwen3":  # its tokens are known once it is loaded
            with pytest.raises(LoadFailed, match=r"correct draft_models"):
                await pool.plan("llama")


async def test_nobody_leaves_for_a_pair_that_is_refused(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path, memory_limit="1MB") as pool:
        await ask(pool, "qwen3", "Hello")
        with pytest.raises(InvalidRequest, match="'qwen3' cannot write ahead for 'llama'"):
            await pool.load("llama", pin=False, draft="qwen3")
        assert pool.slot("qwen3").state is State.READY


async def test_a_pair_leaves_the_ledger_together(checkpoints: Path, tmp_path: Path) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await pool.load("llama", pin=False, draft="llama")
        assert await pool.unload("llama") > 0
        assert pool.status().ledger.booked_bytes == 0


async def test_another_draft_may_be_asked_for_while_the_pair_leaves(
    checkpoints: Path, tmp_path: Path
) -> None:
    async with a_pool(checkpoints, tmp_path) as pool:
        await pool.load("llama", pin=False, draft="llama")
        leaving = asyncio.create_task(pool.unload("llama"))
        await asyncio.sleep(0)
        assert pool.slot("llama").state is State.UNLOADING
        await ask(pool, "llama", "Hello")
        await leaving
        assert pool.status().slots[0].draft is None


async def test_no_room_for_a_pair_names_both(checkpoints: Path, tmp_path: Path) -> None:
    options = {"memory_limit": "600KB"}
    async with a_pool(checkpoints, tmp_path, **options) as pool:
        with pytest.raises(ExceedsMemory) as refused:
            await pool.load("llama", pin=False, draft="llama")
        assert "Its draft model 'llama' is counted with it." in refused.value.message
        await ask(pool, "llama", "Hello")


@pytest.mark.parametrize("model", ["trained/llama"])
async def test_weights_in_32_bits_are_booked_as_they_are_measured(
    checkpoints: Path, tmp_path: Path, model: str
) -> None:
    async with a_pool(checkpoints, tmp_path, float32="on", kv_bits=8) as pool:
        plan = await pool.plan(model)
        await ask(pool, model, "Hello")
        (slot,) = pool.status().slots
        assert (slot.float32, slot.kv_bits) == (True, 8)
        assert plan.needed_bytes == pool.resident_bytes(model) == slot.footprint_bytes
