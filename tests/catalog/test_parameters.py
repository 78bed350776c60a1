"""Parameters counted from configs, against the numbers that model cards give."""

from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.catalog.parameters import count_parameters

LLAMA_1B: dict[str, Any] = {
    "num_hidden_layers": 16,
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}
DEEPSEEK_V2_LITE: dict[str, Any] = {
    "num_hidden_layers": 27,
    "hidden_size": 2048,
    "intermediate_size": 10944,
    "moe_intermediate_size": 1408,
    "n_routed_experts": 64,
    "n_shared_experts": 2,
    "first_k_dense_replace": 1,
    "num_attention_heads": 16,
    "num_key_value_heads": 16,
    "kv_lora_rank": 512,
    "q_lora_rank": None,
    "qk_rope_head_dim": 64,
    "qk_nope_head_dim": 128,
    "v_head_dim": 128,
    "vocab_size": 102400,
    "tie_word_embeddings": False,
}
MIXTRAL: dict[str, Any] = {
    "num_hidden_layers": 32,
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_local_experts": 8,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 32000,
    "tie_word_embeddings": False,
}
BERT_BASE: dict[str, Any] = {
    "model_type": "bert",
    "num_hidden_layers": 12,
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "vocab_size": 30522,
}


@pytest.mark.parametrize(
    ("config", "parameters"),
    [
        (LLAMA_1B, 1_235_814_400),
        (DEEPSEEK_V2_LITE, 15_706_484_224),
        (MIXTRAL, 46_702_792_704),
        (BERT_BASE, 109_482_240),
    ],
    ids=["Llama-3.2-1B", "DeepSeek-V2-Lite", "Mixtral-8x7B", "bert-base-uncased"],
)
def test_the_count_is_that_of_the_model_card(config: dict[str, Any], parameters: int) -> None:
    counted = count_parameters(config)
    assert counted is not None
    assert counted.vision == 0
    assert counted.text == pytest.approx(parameters, rel=0.01)


def test_an_output_of_its_own_is_a_second_table() -> None:
    tied, own = (
        count_parameters(LLAMA_1B | {"tie_word_embeddings": value}) for value in (True, False)
    )
    assert tied is not None
    assert own is not None
    assert own.text - tied.text == 2048 * 128256


def test_layers_without_experts_are_as_wide_as_they_say() -> None:
    experts = MIXTRAL | {"moe_intermediate_size": 14336}
    counts = [
        count_parameters(experts | {"mlp_only_layers": only}) for only in ([], list(range(32)))
    ]
    dense = count_parameters({key: MIXTRAL[key] for key in MIXTRAL if key != "num_local_experts"})
    assert counts[0] == count_parameters(MIXTRAL)
    assert counts[1] == dense


def test_a_vision_tower_is_counted_apart() -> None:
    tower = {"hidden_size": 1152, "num_hidden_layers": 27, "intermediate_size": 4304}
    counted = count_parameters({"text_config": LLAMA_1B, "vision_config": tower})
    assert counted is not None
    assert counted.text == pytest.approx(1_235_814_400, rel=0.01)
    assert counted.vision == pytest.approx(412_000_000, rel=0.02)  # SigLIP-SO400M


def test_a_config_that_does_not_say_its_size_has_no_count() -> None:
    assert count_parameters({}) is None
    assert count_parameters({"hidden_size": 64, "num_hidden_layers": "two"}) is None
