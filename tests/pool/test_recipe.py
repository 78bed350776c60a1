"""What is loaded, and what it takes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.catalog.describe import describe
from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import WrongKind
from mlx_jupyter.pool.recipe import Float32, Recipe, float32_of, plan_recipe
from mlx_jupyter.pool.rows import Decoding
from tests.models import TRAINED

HALF = Checkpoint(
    *("a", Path("a"), "text", "", "llama", None, 100, None, 0),
    kv=KVShape(bytes_per_token=64 * 2, element_bytes=2),
    float32_bytes=200,
)
FULL = replace(HALF, id="b", float32_bytes=None, kv=KVShape(bytes_per_token=64 * 4))


def recipe(
    checkpoint: Checkpoint = HALF,
    draft: Checkpoint | None = None,
    float32: Float32 = "auto",
    kv_bits: int | None = None,
    budget: int = 400,
) -> Recipe:
    return plan_recipe(checkpoint, draft, float32, kv_bits, budget)


def test_a_model_of_16_bits_is_widened_where_that_takes_at_most_half_of_the_budget() -> None:
    assert (recipe(budget=400).float32, recipe(budget=400).size_bytes) == (True, 200)
    assert (recipe(budget=399).float32, recipe(budget=399).size_bytes) == (False, 100)


def test_it_can_be_asked_for_and_forbidden() -> None:
    assert recipe(float32="on", budget=1).float32
    assert not recipe(float32="off", budget=10**9).float32


def test_what_has_no_numbers_of_16_bits_is_as_it_is() -> None:
    assert recipe(FULL, float32="on") == Recipe(FULL)


def test_auto_is_for_a_cpu_and_without_a_fast_blas_for_quantised_models_only() -> None:
    blas = Path("libopenblas.so")
    assert float32_of("auto", blas, slow_in_16=True) == "auto"
    assert float32_of("auto", None, slow_in_16=True) == "quantised"
    assert float32_of("auto", blas, slow_in_16=False) == "off"
    assert float32_of("on", None, slow_in_16=False) == "on"
    quantised = replace(HALF, quantised=True)
    assert [recipe(one, float32="quantised").float32 for one in (HALF, quantised)] == [False, True]


def test_keys_and_values_are_of_the_numbers_that_are_computed_with() -> None:
    assert recipe().kv.bytes_per_token == 64 * 4
    assert recipe(float32="off").kv.bytes_per_token == 64 * 2
    assert recipe(float32="off", kv_bits=8).kv.bytes_per_token == 64 + 2 * 2


def test_a_draft_is_counted_with_its_weights_and_its_keys_and_values() -> None:
    both = recipe(HALF, FULL, float32="off")
    assert (both.size_bytes, both.kv.bytes_per_token) == (200, 64 * 2 + 64 * 4)


@pytest.mark.parametrize("kind", ["vision", "embedding"])
def test_only_text_models_write_ahead_and_only_for_text_models(kind: str) -> None:
    other = replace(HALF, id="other", kind=kind)  # type: ignore[arg-type]
    with pytest.raises(WrongKind, match="'other' is of kind"):
        recipe(HALF, other)
    with pytest.raises(WrongKind, match="'other' is of kind"):
        recipe(other, HALF)
    assert recipe(other, kv_bits=4) == Recipe(other, float32=True)


def test_a_real_checkpoint_of_16_bits_is_twice_as_large_in_32() -> None:
    found = describe("llama", TRAINED["llama"])
    assert found.float32_bytes == 2 * found.size_bytes


def test_a_quantised_checkpoint_is_known_as_one(tmp_path: Path) -> None:
    for file in TRAINED["llama"].iterdir():
        (tmp_path / file.name).symlink_to(file)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").unlink()
    config["quantization"] = {"bits": 4, "group_size": 64}
    (tmp_path / "config.json").write_text(json.dumps(config))
    assert describe("llama", tmp_path).quantised
    assert not describe("llama", TRAINED["llama"]).quantised


def test_how_sequences_run_together_is_known_before_the_load() -> None:
    assert recipe().decoding is Decoding.LANES
    assert recipe(kv_bits=8).decoding is Decoding.APART
    windows = replace(HALF, kv=KVShape(windows=((64, 512),)))
    assert recipe(windows, kv_bits=8).decoding is Decoding.LANES
    qwen = replace(HALF, kind="vision", model_type="qwen2_5_vl")
    assert recipe(qwen, kv_bits=8).decoding is Decoding.LANES
    assert recipe(replace(qwen, model_type="gemma3")).decoding is Decoding.ALONE
