from __future__ import annotations

import json

import pytest

from mlx_jupyter.catalog.families import FAMILIES, end_of_turn, family_of
from tests.models import TRAINED


@pytest.mark.parametrize(
    ("model_type", "family"),
    [
        ("llama", "llama"),
        ("qwen2", "qwen"),
        ("qwen3_moe", "qwen"),
        ("qwen2_5_vl", "qwen"),
        ("mistral", "mistral"),
        ("mixtral", "mistral"),
        ("gemma3_text", "gemma"),
        ("phi3", "phi"),
        ("deepseek_v3", "deepseek"),
        ("glm4_moe", "glm"),
        ("gpt_oss", "gpt-oss"),
        ("cohere2", "command-r"),
        ("xlm-roberta", "bert"),
        ("LLaMA", "llama"),
        ("frobnicate9", "other"),
        ("", "other"),
    ],
)
def test_a_model_type_belongs_to_its_family(model_type: str, family: str) -> None:
    assert family_of(model_type) == family


@pytest.mark.parametrize(
    ("model_type", "token"),
    [
        ("llama", "<|eot_id|>"),
        ("llama", "<|eom_id|>"),
        ("qwen3", "<|im_end|>"),
        ("qwen3", "<|endoftext|>"),
        ("mistral", "</s>"),
        ("gemma3_text", "<end_of_turn>"),
        ("phi3", "<|end|>"),
        ("gpt_oss", "<|return|>"),
    ],
)
def test_a_family_ends_its_turn_with_its_token(model_type: str, token: str) -> None:
    assert token in end_of_turn(model_type)


def test_an_unknown_model_type_has_no_tokens_of_its_own() -> None:
    assert end_of_turn("frobnicate9") == ()


def test_gpt_oss_goes_on_after_closing_its_reasoning() -> None:
    assert "<|end|>" not in end_of_turn("gpt_oss")


def test_no_model_type_is_in_two_families() -> None:
    types = [kind for family in FAMILIES.values() for kind in family.model_types]
    assert len(types) == len(set(types))


@pytest.mark.parametrize("family", TRAINED)
def test_the_tokens_of_a_trained_checkpoint_are_in_the_table(family: str) -> None:
    tokenizer = json.loads((TRAINED[family] / "tokenizer.json").read_text())
    special = {token["content"] for token in tokenizer["added_tokens"]}
    assert special & set(end_of_turn(family))
