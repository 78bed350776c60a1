"""Models that are loaded with more, or otherwise, than their files have it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.errors import InvalidRequest
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
