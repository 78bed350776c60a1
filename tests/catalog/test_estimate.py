"""Sizes of published checkpoints, as their pages on the hub give them (files of weights, in GB)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.catalog.estimate import estimate_bytes
from mlx_jupyter.catalog.footprint import footprint_bytes
from tests.models import build

FOUR_BIT = {"quantization": {"bits": 4, "group_size": 64}}


def decoder(
    layers: int, hidden: int, inner: int, heads: int, kv_heads: int, vocabulary: int, **more: Any
) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers,
        "hidden_size": hidden,
        "intermediate_size": inner,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "vocab_size": vocabulary,
    } | more


LLAMA_1B = decoder(16, 2048, 8192, 32, 8, 128256, tie_word_embeddings=True, head_dim=64)
QWEN_4B = decoder(36, 2560, 9728, 32, 8, 151936, tie_word_embeddings=True, head_dim=128)
QWEN_06B = decoder(28, 1024, 3072, 16, 8, 151936, tie_word_embeddings=True, head_dim=128)
MISTRAL_7B = decoder(32, 4096, 14336, 32, 8, 32768, tie_word_embeddings=False)
QWEN_30B = decoder(
    48,
    2048,
    6144,
    32,
    4,
    151936,
    head_dim=128,
    num_experts=128,
    moe_intermediate_size=768,
    tie_word_embeddings=False,
)


@pytest.mark.parametrize(
    ("config", "gigabytes"),
    [
        (LLAMA_1B | FOUR_BIT, 0.695),  # mlx-community/Llama-3.2-1B-Instruct-4bit
        (QWEN_4B | FOUR_BIT, 2.26),  # mlx-community/Qwen3-4B-4bit
        (QWEN_06B | {"torch_dtype": "bfloat16"}, 1.19),  # mlx-community/Qwen3-0.6B-bf16
        (MISTRAL_7B | FOUR_BIT, 4.08),  # mlx-community/Mistral-7B-Instruct-v0.3-4bit
        (QWEN_30B | FOUR_BIT, 17.2),  # mlx-community/Qwen3-30B-A3B-4bit
    ],
)
def test_a_config_gives_the_size_within_a_tenth(config: dict[str, Any], gigabytes: float) -> None:
    found = estimate_bytes(config, "")
    assert found is not None
    assert found[0] / 1e9 == pytest.approx(gigabytes, rel=0.1)
    assert found[1].startswith("estimated from config.json")


@pytest.mark.parametrize(
    ("name", "gigabytes"),
    [
        ("mlx-community/Qwen3-4B-4bit", 2.25),
        ("mlx-community/Qwen3-30B-A3B-8bit", 31.9),
        ("mlx-community/SmolLM-135M-bf16", 0.27),
        ("org/Qwen3-0.6B", 1.2),
        ("mlx-community/Mixtral-8x7B-Instruct-v0.1-4bit", 26.1),
        ("org/Model-7B-fp32", 28.0),
    ],
)
def test_a_name_gives_the_size_that_it_says(name: str, gigabytes: float) -> None:
    found = estimate_bytes(None, name)
    assert found is not None
    assert found[0] / 1e9 == pytest.approx(gigabytes, rel=0.1)
    assert found[1].startswith("estimated from the name")


@pytest.mark.parametrize("name", ["org/name", "gpt2", "org/llama3-instruct", "org/v0.3"])
def test_a_name_without_a_size_gives_none(name: str) -> None:
    assert estimate_bytes(None, name) is None
    assert estimate_bytes({"model_type": "llama"}, name) is None


@pytest.mark.parametrize("family", ["llama", "qwen3", "mistral"])
def test_the_files_of_a_real_checkpoint_agree(tmp_path: Path, family: str) -> None:
    folder = build(tmp_path, family, hidden=256)[family]
    found = estimate_bytes(json.loads((folder / "config.json").read_bytes()), family)
    assert found is not None
    assert found[0] == pytest.approx(footprint_bytes(folder), rel=0.1)
