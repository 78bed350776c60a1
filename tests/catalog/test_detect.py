from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.catalog.detect import POOLING_FILES, detect, told


def config(model_type: str, architecture: str = "", **more: Any) -> dict[str, Any]:
    return {"model_type": model_type, "architectures": [architecture], **more}


VISION_PART: dict[str, Any] = {"vision_config": {"depth": 2}}

TABLE: list[tuple[dict[str, Any], str, str]] = [
    # config.json
    (config("llama", "LlamaForCausalLM"), "llama", "text"),
    (config("qwen3", "Qwen3ForCausalLM"), "qwen", "text"),
    (config("gemma3_text", "Gemma3ForCausalLM"), "gemma", "text"),
    (config("gemma3", "Gemma3ForConditionalGeneration", **VISION_PART), "gemma", "vision"),
    (config("mistral3", **VISION_PART), "mistral", "vision"),
    (config("llava_qwen2", mm_vision_tower="apple/mobileclip"), "fastvlm", "vision"),
    (config("qwen2_5_vl", "Qwen2_5_VLForConditionalGeneration"), "qwen", "vision"),
    (config("smolvlm"), "small", "vision"),
    (config("bert", "BertModel"), "bge", "embedding"),
    (config("xlm-roberta", "XLMRobertaModel"), "e5", "embedding"),
    (config("modernbert", "ModernBertForMaskedLM"), "modern", "embedding"),
    # architecture
    (config("frobnicate", "FrobnicateVLForConditionalGeneration"), "new", "vision"),
    (config("frobnicate", "LlavaFrobnicateForCausalLM"), "new", "vision"),
    (config("gemma3_text", "Gemma3TextModel"), "new", "embedding"),
    (config("frobnicate", "FrobnicateForMaskedLM"), "new", "embedding"),
    (config("gpt2", "GPT2LMHeadModel"), "gpt2", "text"),
    # name
    (config("qwen3", "Qwen3ForCausalLM"), "acme/Qwen3-Embedding-0.6B-4bit", "embedding"),
    (config("gemma3_text"), "acme/embeddinggemma-300m", "embedding"),
    (config("frobnicate"), "acme/Frobnicate-VL-2B", "vision"),
    (config("llama", "LlamaForCausalLM"), "acme/embedded-systems-llama", "text"),
    (config("qwen3", "Qwen3ForCausalLM"), "embedding/qwen3", "text"),
    # nothing says anything
    (config("frobnicate", "FrobnicateForCausalLM"), "new", "text"),
    ({}, "", "text"),
    ({"model_type": None, "architectures": None, "vision_config": None}, "", "text"),
]


@pytest.mark.parametrize(("found", "name", "kind"), TABLE)
def test_the_kind_follows_from_config_and_name(found: dict[str, Any], name: str, kind: str) -> None:
    assert detect(found, name=name)[0] == kind


@pytest.mark.parametrize("file", POOLING_FILES)
def test_a_sentence_transformers_file_makes_it_an_embedding_model(file: str) -> None:
    assert detect(config("qwen3", "Qwen3ForCausalLM"), files={file})[0] == "embedding"


def test_a_vision_config_without_vision_weights_is_a_text_conversion() -> None:
    tensors = {"language_model.model.embed_tokens.weight", "language_model.lm_head.weight"}
    assert detect(config("gemma3", **VISION_PART), tensors=tensors)[0] == "text"


@pytest.mark.parametrize(
    "tensor",
    ["vision_tower.patch_embedding.weight", "visual.blocks.0.norm.weight", "model.vit.0.weight"],
)
def test_a_vision_config_with_vision_weights_is_a_vision_model(tensor: str) -> None:
    assert detect(config("gemma3", **VISION_PART), tensors={tensor})[0] == "vision"


def test_the_reason_names_what_decided() -> None:
    assert detect(config("qwen3")) == (
        "text",
        "config.json names model_type qwen3, a text architecture",
        "model_type",
    )


def test_the_reason_says_when_nothing_decided() -> None:
    assert detect({})[1].startswith("nothing in config.json")


def test_what_the_configuration_says_needs_no_reason() -> None:
    assert told("vision").kind == "vision"
    assert told("vision").decided_by == "model_kinds"
