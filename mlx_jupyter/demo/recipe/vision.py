"""Recipe of demo/vision: a small Qwen2-VL that names the color and shape of what it sees.

Seven tenths of the time go to the vision tower (`sight.py`), the rest to the language model, which
learns to talk about features that no longer change. With a third for the tower, one shape in ten
was mistaken (of 84 pixels); the colors and the sentences were right.

Pictures are scaled to about 112 * 112 pixels, 16 tokens, whatever their format. With 84 * 84, and
lessons of nothing but large shapes in squares, 159 of 200 small shapes were mistaken, and 44 of 200
in wide or high pictures; now 1 and 0. An answer takes a third longer (CPU).
"""

from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_vlm.models.qwen2_vl import LanguageModel, Model, ModelConfig, TextConfig, VisionConfig
from mlx_vlm.models.qwen3_vl.processing_qwen3_vl import Qwen3VLImageProcessor
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe import checkpoint, sight, tokenizer, vision_lessons
from mlx_jupyter.demo.recipe.picture_bank import PictureBank
from mlx_jupyter.demo.recipe.template import CHATML, END_OF_TEXT, END_OF_TURN, IMAGE
from mlx_jupyter.demo.recipe.training import Outcome, Schedule, train
from mlx_jupyter.demo.recipe.vision_batch import batches

__all__ = ["make"]

VOCABULARY = 512
HIDDEN, LAYERS, HEADS, KEY_HEADS = 128, 3, 4, 2
EYE_WIDTH, EYE_LAYERS, EYE_HEADS = 96, 3, 4
PATCH_PIXELS, PATCHES_MERGED, FRAMES = 14, 2, 2
CONTEXT_TOKENS = 1024
ROWS, PICTURES_PER_SUBJECT = 16, 192
EYE_SHARE, EYE_RATE, TALK_RATE, GOING_ON = 0.7, 1.5e-3, 2e-3, 0.5

IMAGES = {
    "patch_size": PATCH_PIXELS,
    "temporal_patch_size": FRAMES,
    "merge_size": PATCHES_MERGED,
    # Were both the same, rounding would take a row and a column from one square in ten.
    "min_pixels": (sight.SIDE_PIXELS - 1) ** 2,
    "max_pixels": (sight.SIDE_PIXELS + 1) ** 2,
    "image_mean": [0.5, 0.5, 0.5],
    "image_std": [0.5, 0.5, 0.5],
}

WHOLE_MODEL = (
    "model_type",
    "vocab_size",
    "image_token_id",
    "video_token_id",
    "vision_start_token_id",
)


def make(folder: Path, seconds: float, steps: int) -> Outcome:
    """Train the model for at most so long and write its checkpoint into the folder.

    The steps count for each stage. Where the folder holds a checkpoint, training goes on from that.
    """
    goes_on = (folder / checkpoint.WEIGHTS).exists()
    pieces = tokenizer.byte_level(vision_lessons.corpus(), VOCABULARY)
    config = configuration(pieces)
    model = build(config)
    if goes_on:
        checkpoint.read_weights(folder, model)
    write_texts(folder, pieces, config)
    processor = Qwen3VLImageProcessor(**IMAGES)
    pace = GOING_ON if goes_on else 1.0
    see(model, processor, Schedule(seconds * EYE_SHARE, steps, pace * EYE_RATE, warmup_steps=100))
    bank = PictureBank(model.vision_tower, processor, min(PICTURES_PER_SUBJECT, steps))
    schedule = Schedule(seconds * (1 - EYE_SHARE), steps, pace * TALK_RATE, warmup_steps=60)
    outcome = train(model.language_model, answer_loss, batches(pieces, bank, ROWS), schedule)
    checkpoint.write_weights(folder, model)
    return outcome


def see(model: Model, processor: Qwen3VLImageProcessor, schedule: Schedule) -> Outcome:
    """Train the vision tower; it changes in place."""
    sighted = sight.Sighted(model.vision_tower, HIDDEN)
    return train(sighted, sight.mislabelled, sight.labelled(processor), schedule)


def build(config: dict[str, Any]) -> Model:
    """The model, its weights drawn anew."""
    parts = {
        "text_config": TextConfig.from_dict(config),
        "vision_config": VisionConfig.from_dict(config["vision_config"]),
    }
    whole = {name: config[name] for name in WHOLE_MODEL}
    model = Model(ModelConfig(**parts, **whole))
    model.vision_tower.patch_embed = sight.FlatPatchEmbed(PATCH_PIXELS, FRAMES, 3, EYE_WIDTH)
    for block in model.vision_tower.blocks:
        block.attn = sight.EvenAttention(EYE_WIDTH, EYE_HEADS)
    checkpoint.initialise(model)
    return model


def configuration(pieces: Tokenizer) -> dict[str, Any]:
    """What config.json says."""
    half_head = HIDDEN // HEADS // 2
    third = half_head // 3
    return {
        "model_type": "qwen2_vl",
        "architectures": ["Qwen2VLForConditionalGeneration"],
        "vocab_size": pieces.get_vocab_size(),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "intermediate_size": HIDDEN * 5 // 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_HEADS,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e6,
        "rope_scaling": {"type": "mrope", "mrope_section": [half_head - 2 * third, third, third]},
        "max_position_embeddings": CONTEXT_TOKENS,
        "tie_word_embeddings": True,
        "torch_dtype": "float16",
        "vision_config": eye(),
        "image_token_id": pieces.token_to_id(IMAGE),
        "video_token_id": pieces.token_to_id("<|video_pad|>"),
        "vision_start_token_id": pieces.token_to_id("<|vision_start|>"),
        "vision_end_token_id": pieces.token_to_id("<|vision_end|>"),
        "bos_token_id": pieces.token_to_id(END_OF_TEXT),
        "eos_token_id": pieces.token_to_id(END_OF_TURN),
    }


def eye() -> dict[str, Any]:
    """The vision tower's part of config.json.

    `mlp_ratio` has to be an integer: transformers 5 is strict about it.
    """
    return {
        "model_type": "qwen2_vl",
        "depth": EYE_LAYERS,
        "embed_dim": EYE_WIDTH,
        "hidden_size": HIDDEN,
        "num_heads": EYE_HEADS,
        "mlp_ratio": 2,
        "in_channels": 3,
        "patch_size": PATCH_PIXELS,
        "spatial_patch_size": PATCH_PIXELS,
        "spatial_merge_size": PATCHES_MERGED,
        "temporal_patch_size": FRAMES,
    }


def write_texts(folder: Path, pieces: Tokenizer, config: dict[str, Any]) -> None:
    """Write all of the checkpoint but its weights."""
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "bos_token": None,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "model_max_length": CONTEXT_TOKENS,
    }
    images = {
        "image_processor_type": "Qwen2VLImageProcessor",
        "processor_class": "Qwen2VLProcessor",
        **IMAGES,
    }
    ends = [pieces.token_to_id(END_OF_TURN), pieces.token_to_id(END_OF_TEXT)]
    checkpoint.write_json(folder, "config.json", config)
    checkpoint.write_json(
        folder, "generation_config.json", {"do_sample": False, "eos_token_id": ends}
    )
    checkpoint.write_json(folder, "preprocessor_config.json", images)
    checkpoint.write_tokenizer(folder, pieces, settings, CHATML)


def answer_loss(
    model: LanguageModel,
    ids: mx.array,
    said: mx.array,
    seen: mx.array,
    is_picture: mx.array,
    positions: mx.array,
) -> mx.array:
    """Mean cross-entropy of the tokens to be said; the shapes are those of `vision_batch`."""
    words = model.model.embed_tokens(ids)
    inputs = mx.where(is_picture[..., None], seen, words)
    scores = (
        model(ids, inputs_embeds=inputs, position_ids=positions).logits[:, :-1].astype(mx.float32)
    )
    losses = nn.losses.cross_entropy(scores, ids[:, 1:])
    weights = said[:, 1:]
    mean: mx.array = (losses * weights).sum() / weights.sum()
    return mean
