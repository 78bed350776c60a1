"""Tiny real vision checkpoints for tests, as `models` makes those of text.

`PICTURE_TOKENS` is how many tokens a picture of 56 x 56 pixels takes in each family.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from tests.models import (
    ENVIRONMENT,
    Options,
    _begin_with,
    _byte_level,
    _config,
    _gemma3_text,
    _id,
    _write_json,
)
from tests.standing import Standing, serve

WRITER = Standing("tests.vision_models", lambda: {**os.environ, **ENVIRONMENT})
SIDE, PATCH, MERGE = 56, 14, 2
PICTURE_TOKENS = (SIDE // PATCH // MERGE) ** 2


@dataclass(frozen=True)
class VisionOptions(Options):
    """`side` bounds a picture's sides for Qwen-VL, and is the size of a tile for the others."""

    side: int = SIDE
    eye_width: int = 64
    eye_layers: int = 2
    eye_heads: int = 4


@dataclass(frozen=True)
class VisionRecipe:
    """`files` are those that a text checkpoint has not."""

    tokenizer: Tokenizer
    config: dict[str, Any]
    tokenizer_config: dict[str, Any]
    ends: list[int]
    files: dict[str, dict[str, Any]]


_PARTS = """\
{%- if message.content is string %}{{- message.content }}{% else %}
{%- for part in message.content %}
{%- if part.type == 'image' %}{{- 'IMAGE' }}{% else %}{{- part.text }}{% endif %}
{%- endfor %}
{%- endif %}"""
QWEN_TEMPLATE = f"""\
{{%- for message in messages %}}
{{{{- '<|im_start|>' + message.role + '\n' }}}}
{_PARTS.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>")}
{{{{- '<|im_end|>\n' }}}}
{{%- endfor %}}
{{%- if add_generation_prompt %}}{{{{- '<|im_start|>assistant\n' }}}}{{% endif %}}"""
IDEFICS_TEMPLATE = f"""\
{{%- for message in messages %}}
{{{{- message.role | capitalize + ': ' }}}}
{_PARTS.replace("IMAGE", "<image>")}
{{{{- '<end_of_utterance>\n' }}}}
{{%- endfor %}}
{{%- if add_generation_prompt %}}{{{{- 'Assistant:' }}}}{{% endif %}}"""
GEMMA_TEMPLATE = f"""\
{{{{- bos_token }}}}
{{%- for message in messages %}}
{{%- set role = 'model' if message.role == 'assistant' else message.role %}}
{{{{- '<start_of_turn>' + role + '\n' }}}}
{_PARTS.replace("IMAGE", "<start_of_image>")}
{{{{- '<end_of_turn>\n' }}}}
{{%- endfor %}}
{{%- if add_generation_prompt %}}{{{{- '<start_of_turn>model\n' }}}}{{% endif %}}"""

_NORMAL = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
_PLAIN = {
    **_NORMAL,
    "do_convert_rgb": True,
    "do_normalize": True,
    "do_rescale": True,
    "do_resize": True,
    "rescale_factor": 1 / 255,
}


def _qwen_vl(options: VisionOptions, model_type: str, architecture: str) -> VisionRecipe:
    marks = [f"<|{name}|>" for name in ("vision_start", "vision_end", "image_pad", "video_pad")]
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *marks]
    tokenizer = _byte_level(options, "qwen", special, ["<think>", "</think>"])
    half = options.hidden // options.heads // 2
    third = half // 3
    rope = {"type": "mrope", "mrope_section": [half - 2 * third, third, third]}
    text = _config(options, model_type, architecture, rope_theta=1e6, rope_scaling=rope)
    ids = {
        "image_token_id": _id(tokenizer, "<|image_pad|>"),
        "video_token_id": _id(tokenizer, "<|video_pad|>"),
        "vision_start_token_id": _id(tokenizer, "<|vision_start|>"),
        "bos_token_id": _id(tokenizer, "<|endoftext|>"),
        "eos_token_id": _id(tokenizer, "<|im_end|>"),
    }
    config = {**text, **ids, "vision_config": _qwen_eye(options, model_type)}
    if model_type == "qwen3_vl":
        config["text_config"] = {
            **text,
            "model_type": "qwen3_vl_text",
            "vocab_size": tokenizer.get_vocab_size(),
        }
    images = {
        **_NORMAL,
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor",
        "min_pixels": (PATCH * MERGE) ** 2,
        "max_pixels": options.side**2,
        "patch_size": PATCH,
        "temporal_patch_size": 2,
        "merge_size": MERGE,
    }
    tokens = {"bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"}
    names = {"tokenizer_class": "Qwen2Tokenizer", "chat_template": QWEN_TEMPLATE}
    ends = [ids["eos_token_id"], ids["bos_token_id"]]
    files = {"preprocessor_config.json": images}
    return VisionRecipe(tokenizer, config, {**names, **tokens}, ends, files)


def _qwen_eye(options: VisionOptions, model_type: str) -> dict[str, Any]:
    width, layers = options.eye_width, options.eye_layers
    common = {
        "model_type": model_type,
        "depth": layers,
        "num_heads": options.eye_heads,
        "patch_size": PATCH,
        "in_channels": 3,
        "spatial_merge_size": MERGE,
        "temporal_patch_size": 2,
    }
    wide = {"hidden_size": width, "intermediate_size": 2 * width, "out_hidden_size": options.hidden}
    if model_type == "qwen2_vl":
        own = {"embed_dim": width, "hidden_size": options.hidden, "mlp_ratio": 2}
        return {**common, **own, "spatial_patch_size": PATCH}
    if model_type == "qwen2_5_vl":
        window = {"window_size": 4 * PATCH, "fullatt_block_indexes": [layers - 1]}
        return {**common, **wide, **window, "spatial_patch_size": PATCH}
    return {**common, **wide, "num_position_embeddings": 64, "deepstack_visual_indexes": [0]}


def _idefics(options: VisionOptions, model_type: str, name: str) -> VisionRecipe:
    marks = ["<fake_token_around_image>", "<image>", "<global-img>", "<end_of_utterance>"]
    special = ["<|im_start|>", "<|im_end|>", "<|endoftext|>", *marks]
    tokenizer = _byte_level(options, "qwen", special, ["<think>", "</think>"])
    end = _id(tokenizer, "<end_of_utterance>")
    text = _config(options, "llama", "LlamaForCausalLM", rope_theta=1e5)
    text["vocab_size"] = tokenizer.get_vocab_size()
    config = {
        "model_type": model_type,
        "architectures": [f"{name}ForConditionalGeneration"],
        "scale_factor": MERGE,
        "image_token_id": _id(tokenizer, "<image>"),
        "bos_token_id": _id(tokenizer, "<|im_start|>"),
        "pad_token_id": _id(tokenizer, "<|endoftext|>"),
        "eos_token_id": end,
        "tie_word_embeddings": False,
        "text_config": text,
        "vision_config": _siglip(options, f"{model_type}_vision"),
    }
    images = {
        **_PLAIN,
        "image_processor_type": f"{name}ImageProcessor",
        "processor_class": f"{name}Processor",
        "do_image_splitting": False,
        "do_pad": True,
        "max_image_size": {"longest_edge": options.side},
        "size": {"longest_edge": options.side},
        "resample": 1,
    }
    sequence = (options.side // PATCH // MERGE) ** 2
    processor = {"image_seq_len": sequence, "processor_class": f"{name}Processor"}
    tokens = {"bos_token": "<|im_start|>", "eos_token": "<end_of_utterance>"}
    names = {"tokenizer_class": "TokenizersBackend", "chat_template": IDEFICS_TEMPLATE}
    files = {"preprocessor_config.json": images, "processor_config.json": processor}
    more = {"pad_token": "<|endoftext|>"}
    return VisionRecipe(tokenizer, config, {**names, **tokens, **more}, [end], files)


def _gemma3(options: VisionOptions) -> VisionRecipe:
    text = _gemma3_text(options)
    marks = ["<start_of_image>", "<end_of_image>", "<image_soft_token>"]
    text.tokenizer.add_special_tokens(marks)
    begin, end, soft = (_id(text.tokenizer, mark) for mark in marks)
    _begin_with(text.tokenizer, "<bos>")
    size = text.tokenizer.get_vocab_size()
    sequence = (options.side // PATCH // MERGE) ** 2
    images = {"image_token_index": soft, "boi_token_index": begin, "eoi_token_index": end}
    config = {
        "model_type": "gemma3",
        "architectures": ["Gemma3ForConditionalGeneration"],
        "hidden_size": options.hidden,
        "bos_token_id": 2,
        "eos_token_id": text.ends,
        "mm_tokens_per_image": sequence,
        "text_config": {**text.config, "vocab_size": size, "mm_tokens_per_image": sequence},
        "vision_config": _siglip(options, "siglip_vision_model"),
        **images,
    }
    preprocessor = {
        **_PLAIN,
        "image_processor_type": "Gemma3ImageProcessor",
        "processor_class": "Gemma3Processor",
        "image_seq_length": sequence,
        "size": {"height": options.side, "width": options.side},
        "resample": 2,
        "do_pan_and_scan": False,
    }
    processor = {"image_seq_length": sequence, "processor_class": "Gemma3Processor"}
    extra = {"boi_token": marks[0], "eoi_token": marks[1], "image_token": marks[2]}
    names = {"chat_template": GEMMA_TEMPLATE, "extra_special_tokens": extra, **extra}
    files = {"preprocessor_config.json": preprocessor, "processor_config.json": processor}
    settings = {**text.tokenizer_config, **names}
    ends = text.ends if isinstance(text.ends, list) else [text.ends]
    return VisionRecipe(text.tokenizer, config, settings, ends, files)


def _siglip(options: VisionOptions, model_type: str) -> dict[str, Any]:
    return {
        "model_type": model_type,
        "hidden_size": options.eye_width,
        "intermediate_size": 2 * options.eye_width,
        "num_hidden_layers": options.eye_layers,
        "num_attention_heads": options.eye_heads,
        "patch_size": PATCH,
        "image_size": options.side,
    }


FAMILIES: dict[str, Callable[[VisionOptions], VisionRecipe]] = {
    "qwen2_vl": lambda options: _qwen_vl(options, "qwen2_vl", "Qwen2VLForConditionalGeneration"),
    "qwen2_5_vl": lambda options: _qwen_vl(
        options, "qwen2_5_vl", "Qwen2_5_VLForConditionalGeneration"
    ),
    "qwen3_vl": lambda options: _qwen_vl(options, "qwen3_vl", "Qwen3VLForConditionalGeneration"),
    "smolvlm": lambda options: _idefics(options, "smolvlm", "SmolVLM"),
    "idefics3": lambda options: _idefics(options, "idefics3", "Idefics3"),
    "gemma3": _gemma3,
}


def build(folder: Path, *families: str, **options: Any) -> dict[str, Path]:
    """As `models.build`."""
    wanted = families or tuple(FAMILIES)
    WRITER.ask(str(folder), wanted, options)
    return {family: folder / family for family in wanted}


def _write(folder: Path, recipe: VisionRecipe, options: VisionOptions) -> None:
    folder.mkdir(parents=True)
    config = {**recipe.config, "vocab_size": recipe.tokenizer.get_vocab_size()}
    recipe.tokenizer.save(str(folder / "tokenizer.json"))
    lengths = {"model_max_length": options.context, "clean_up_tokenization_spaces": False}
    _write_json(folder / "tokenizer_config.json", {**recipe.tokenizer_config, **lengths})
    _write_json(folder / "config.json", config)
    _write_json(
        folder / "generation_config.json", {"eos_token_id": recipe.ends, "do_sample": False}
    )
    (folder / "chat_template.jinja").write_text(recipe.tokenizer_config["chat_template"])
    for name, content in recipe.files.items():
        _write_json(folder / name, content)
    _write_weights(folder / "model.safetensors", config, options)


def _write_weights(path: Path, config: dict[str, Any], options: VisionOptions) -> None:
    """Random weights of mlx-vlm's own class for this config."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_vlm.utils import get_model_and_args, update_module_configs

    mx.random.seed(options.seed)
    empty = {"text_config": {}, "vision_config": {}, "audio_config": {}}
    filled = json.loads(json.dumps({**empty, **config}))
    classes, _ = get_model_and_args(filled)
    parts = ["text", "vision", "perceiver", "projector", "audio"]
    read = classes.ModelConfig.from_dict(filled)  # fills the parts of `filled`
    model = classes.Model(update_module_configs(read, classes, filled, parts))
    weights = dict(tree_flatten(model.parameters()))
    dtype = getattr(mx, options.dtype)
    cast = {
        name: value.astype(dtype) if mx.issubdtype(value.dtype, mx.floating) else value
        for name, value in weights.items()
    }
    mx.save_safetensors(str(path), cast, metadata={"format": "mlx"})


def _build(folder: str, families: list[str], options: dict[str, Any]) -> None:
    chosen = VisionOptions(**options)
    for place, family in enumerate(families):
        mine = replace(chosen, seed=chosen.seed + place)
        _write(Path(folder) / family, FAMILIES[family](mine), mine)


if __name__ == "__main__":
    serve(_build)
