"""The child that writes a Qwen-VL with random weights in f32:

    python -m tests.benchmarks.vision_checkpoint FOLDER NAME

Its tower is large enough for the time to the first token to be the tower's, as it is with real
models; a picture of 1024 x 1024 pixels becomes 1369 tokens. As in `recipe`, the rows of the output
matrix that are not plain visible text are zero: no answer ends early and each token can be seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten, tree_map_with_path
from mlx_vlm.utils import get_model_and_args, update_module_configs
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe import checkpoint, tokenizer
from mlx_jupyter.demo.recipe.template import CHATML, END_OF_TEXT, END_OF_TURN, IMAGE
from tests.benchmarks.vision_models import FAMILIES, Family

VOCABULARY, CONTEXT_TOKENS = 512, 4096
HIDDEN, LAYERS, HEADS, KEY_HEADS = 256, 4, 4, 2
EYE_WIDTH, EYE_HEADS, EYE_RATIO = 384, 6, 4
PATCH_PIXELS, PATCHES_MERGED, FRAMES = 14, 2, 2
WINDOW_PIXELS, LAYERS_A_WINDOW = 112, 4
TOKEN_PIXELS = (PATCH_PIXELS * PATCHES_MERGED) ** 2
MOST_IMAGE_TOKENS = 1500
DEVIATION = 0.03

IMAGES = {
    "image_processor_type": "Qwen2VLImageProcessor",
    "patch_size": PATCH_PIXELS,
    "temporal_patch_size": FRAMES,
    "merge_size": PATCHES_MERGED,
    "min_pixels": 4 * TOKEN_PIXELS,
    "max_pixels": MOST_IMAGE_TOKENS * TOKEN_PIXELS,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}
TOKENIZER = {
    "tokenizer_class": "Qwen2Tokenizer",
    "bos_token": None,
    "eos_token": END_OF_TURN,
    "pad_token": END_OF_TEXT,
    "model_max_length": CONTEXT_TOKENS,
}


def write(folder: Path, family: Family) -> None:
    """Write config, tokenizer, chat template, processor and weights into `folder`."""
    pieces = tokenizer.byte_level(_corpus(), VOCABULARY)
    config = _config(family, pieces)
    model = _model(config)
    _randomise(model, _visible_rows(pieces, config["vocab_size"]))
    weights = dict(tree_flatten(model.parameters()))
    ends = [pieces.token_to_id(END_OF_TURN), pieces.token_to_id(END_OF_TEXT)]
    generation = {"do_sample": False, "eos_token_id": ends}
    checkpoint.write_tokenizer(folder, pieces, TOKENIZER, CHATML)
    checkpoint.write_json(folder, "config.json", config)
    checkpoint.write_json(folder, "generation_config.json", generation)
    processor = {**IMAGES, "processor_class": family.processor}
    checkpoint.write_json(folder, "preprocessor_config.json", processor)
    mx.save_safetensors(str(folder / checkpoint.WEIGHTS), weights, metadata={"format": "mlx"})


def _corpus() -> Iterator[str]:
    yield Path(__file__).read_text(encoding="utf-8")


def _config(family: Family, pieces: Tokenizer) -> dict[str, Any]:
    half_head = HIDDEN // HEADS // 2
    third = half_head // 3
    return {
        "model_type": family.model_type,
        "architectures": [family.architecture],
        "vocab_size": pieces.get_vocab_size(),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "intermediate_size": 3 * HIDDEN,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_HEADS,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "rope_scaling": {"type": "mrope", "mrope_section": [half_head - 2 * third, third, third]},
        "max_position_embeddings": CONTEXT_TOKENS,
        "tie_word_embeddings": False,
        "torch_dtype": "float32",
        "vision_config": _eye(family),
        "image_token_id": pieces.token_to_id(IMAGE),
        "video_token_id": pieces.token_to_id("<|video_pad|>"),
        "vision_start_token_id": pieces.token_to_id("<|vision_start|>"),
        "vision_end_token_id": pieces.token_to_id("<|vision_end|>"),
        "bos_token_id": pieces.token_to_id(END_OF_TEXT),
        "eos_token_id": pieces.token_to_id(END_OF_TURN),
    }


def _eye(family: Family) -> dict[str, Any]:
    """Qwen2.5's tower sees windows in most layers and calls its sizes by other names."""
    eye = {
        "model_type": family.model_type,
        "depth": family.eye_layers,
        "num_heads": EYE_HEADS,
        "in_channels": 3,
        "patch_size": PATCH_PIXELS,
        "spatial_patch_size": PATCH_PIXELS,
        "spatial_merge_size": PATCHES_MERGED,
        "temporal_patch_size": FRAMES,
    }
    if family.model_type == "qwen2_vl":
        return {**eye, "embed_dim": EYE_WIDTH, "hidden_size": HIDDEN, "mlp_ratio": EYE_RATIO}
    whole = list(range(LAYERS_A_WINDOW - 1, family.eye_layers, LAYERS_A_WINDOW))
    sizes = {"hidden_size": EYE_WIDTH, "intermediate_size": EYE_RATIO * EYE_WIDTH}
    windows = {"window_size": WINDOW_PIXELS, "fullatt_block_indexes": whole}
    return {**eye, **sizes, **windows, "out_hidden_size": HIDDEN}


def _model(config: dict[str, Any]) -> nn.Module:
    """The library's own class for this config."""
    wanted = dict(config)
    architecture, _ = get_model_and_args(wanted)
    wanted["text_config"] = {}
    parts = architecture.ModelConfig.from_dict(wanted)
    parts = update_module_configs(parts, architecture, wanted, ["text", "vision"])
    return architecture.Model(parts)


def _visible_rows(pieces: Tokenizer, vocabulary: int) -> mx.array:
    """A column with 1 for each token whose text is plain visible ASCII, else 0."""
    texts = [pieces.decode([token]) for token in range(vocabulary)]
    visible = [bool(text.strip()) and text.isascii() and text.isprintable() for text in texts]
    return mx.array(visible, dtype=mx.float32)[:, None]


def _randomise(model: nn.Module, visible_rows: mx.array) -> None:
    """Draw every matrix; norms and biases keep what they have."""
    mx.random.seed(0)

    def draw(name: str, weight: mx.array) -> mx.array:
        if weight.ndim == 1:
            return weight
        fresh = mx.random.normal(weight.shape) * DEVIATION
        return fresh * visible_rows if "lm_head" in name else fresh

    model.update(tree_map_with_path(draw, model.parameters()))
    mx.eval(model.parameters())


if __name__ == "__main__":
    write(Path(sys.argv[1]), FAMILIES[sys.argv[2]])
