"""What a config says about keys and values, and what a real model then keeps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog.describe import describe
from mlx_jupyter.catalog.kv_cache import KVShape, kv_shape
from tests.models import TRAINED, build
from tests.reference import kept_bytes

LLAMA: dict[str, Any] = {
    "model_type": "llama",
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "hidden_size": 2048,
    "head_dim": 64,
}


@pytest.fixture(scope="module")
def families(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("kv")
    return build(folder, "llama", "qwen3", "mistral", "gemma2", hidden=64)


@pytest.mark.parametrize("family", ["llama", "qwen3", "mistral", "gemma2"])
def test_the_formula_is_what_the_model_keeps_to_the_byte(
    families: dict[str, Path], family: str
) -> None:
    shape = describe(family, families[family]).kv
    assert {tokens: shape.bytes(tokens) for tokens in (10, 256, 300)} == kept_bytes(
        families[family], [10, 256, 300]
    )


def test_the_formula_bounds_what_a_model_with_windows_keeps() -> None:
    folder = TRAINED["gemma3_text"]
    shape = describe("gemma3", folder).kv
    for tokens, size in kept_bytes(folder, [10, 256, 300]).items():
        assert shape.bytes(tokens) >= size


def test_tokens_are_counted_in_steps_of_256() -> None:
    shape = KVShape(bytes_per_token=10)
    assert [shape.bytes(n) for n in (0, 1, 256, 257)] == [0, 2560, 2560, 5120]


def test_grouped_heads_share_their_keys() -> None:
    assert kv_shape(LLAMA, 2).bytes_per_token == 16 * 2 * 8 * 64 * 2


def test_without_a_number_of_key_heads_every_head_has_its_own() -> None:
    config = {"num_hidden_layers": 1, "num_attention_heads": 4, "hidden_size": 64}
    assert kv_shape(config, 4).bytes_per_token == 2 * 64 * 4
    assert kv_shape(config | {"multi_query": True}, 4).bytes_per_token == 2 * 16 * 4


def test_the_text_part_of_a_vision_model_is_what_counts() -> None:
    assert kv_shape({"text_config": LLAMA, "hidden_size": 7}, 2) == kv_shape(LLAMA, 2)


def test_layers_that_slide_keep_their_window() -> None:
    config = LLAMA | {
        "layer_types": ["sliding_attention"] * 12 + ["full_attention"] * 4,
        "sliding_window": 512,
    }
    a_layer = 2 * 8 * 64 * 2
    assert kv_shape(config, 2).bytes(4096) == a_layer * (4 * 4096 + 12 * (512 + 512))
    pattern = LLAMA | {
        "model_type": "gemma3_text",
        "sliding_window_pattern": 4,
        "sliding_window": 512,
    }
    assert kv_shape(pattern, 2).bytes(4096) == a_layer * (4 * 4096 + 12 * (512 + 512))


def test_a_window_that_mlx_lm_does_not_use_is_not_believed() -> None:
    assert kv_shape(LLAMA | {"sliding_window": 512}, 2) == kv_shape(LLAMA, 2)
    gemma2 = LLAMA | {"model_type": "gemma2", "layer_types": ["sliding_attention"] * 16}
    assert kv_shape(gemma2 | {"sliding_window": 512}, 2) == kv_shape(LLAMA, 2)


def test_latent_attention_keeps_the_latents() -> None:
    config = LLAMA | {"kv_lora_rank": 512, "qk_rope_head_dim": 64}
    assert kv_shape(config, 2).bytes_per_token == 16 * (512 + 64) * 2


def test_deepseek_2_keeps_whole_keys_and_values_for_every_head() -> None:
    latent = {"kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128}
    config = LLAMA | latent | {"model_type": "deepseek_v2", "v_head_dim": 128}
    assert kv_shape(config, 2).bytes_per_token == 16 * 32 * (64 + 128 + 128) * 2


def test_a_hybrid_that_does_not_list_its_layers_has_a_state_in_each_of_them() -> None:
    shape = kv_shape(LLAMA | {"model_type": "falcon_h1", "mamba_d_state": 256}, 2)
    assert shape.bytes_per_token == kv_shape(LLAMA, 2).bytes_per_token
    assert shape.fixed_bytes > 0


def test_linear_layers_keep_a_state_that_does_not_grow() -> None:
    config = LLAMA | {
        "full_attention_interval": 4,
        "linear_num_value_heads": 32,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 128,
    }
    shape = kv_shape(config, 2)
    assert shape.bytes_per_token == 4 * 2 * 8 * 64 * 2
    assert shape.fixed_bytes >= 12 * 32 * 128 * 128 * 4


def test_a_config_that_says_nothing_needs_nothing() -> None:
    assert kv_shape({}, 4) == KVShape()
    assert kv_shape({"num_hidden_layers": "two"}, 4) == KVShape()


def test_in_32_bits_keys_and_values_are_twice_those_in_16() -> None:
    config = LLAMA | {"layer_types": ["sliding_attention"] * 12 + ["full_attention"] * 4}
    config |= {"sliding_window": 512}
    assert kv_shape(config, 2).in_float32() == kv_shape(config, 4)
    assert kv_shape(config, 4).in_float32() == kv_shape(config, 4)


def test_quantised_keys_and_values_are_what_mlx_lm_keeps(tmp_path: Path) -> None:
    folder = build(tmp_path, "llama", hidden=256)["llama"]
    assert {256: describe("llama", folder).kv.quantised(4).bytes(256)} == kept_bytes(
        folder, [256], bits=4
    )


def test_two_models_that_read_the_same_keep_what_both_keep() -> None:
    both = kv_shape(LLAMA, 2).beside(kv_shape(LLAMA | {"num_hidden_layers": 4}, 2))
    assert both.bytes(256) == 20 * 2 * 8 * 64 * 2 * 256
