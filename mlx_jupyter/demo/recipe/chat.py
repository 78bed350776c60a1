"""Recipe of demo/chat: a Qwen3 of less than a million parameters that knows the facts by heart."""

import logging
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten
from mlx_lm.models.qwen3 import Model, ModelArgs
from tokenizers import Tokenizer

from mlx_jupyter.demo.recipe import checkpoint, lessons, tokenizer
from mlx_jupyter.demo.recipe.packing import Packer
from mlx_jupyter.demo.recipe.template import CHATML, END_OF_TEXT, END_OF_TURN
from mlx_jupyter.demo.recipe.training import Outcome, Schedule, train

__all__ = ["make"]

VOCABULARY = 1024
HIDDEN, LAYERS, HEADS, KEY_HEADS = 128, 3, 4, 2
CONTEXT_TOKENS = 2048
ROWS, ROW_TOKENS = 5, 320
PEAK_RATE = 4e-3

log = logging.getLogger(__name__)


def make(folder: Path, seconds: float, steps: int) -> Outcome:
    """Train the model for at most so long and write its checkpoint into the folder.

    Where the folder holds a checkpoint, training goes on from that, with its tokenizer.
    """
    goes_on = (folder / checkpoint.WEIGHTS).exists()
    pieces = (
        checkpoint.read_tokenizer(folder)
        if goes_on
        else tokenizer.byte_level(lessons.corpus(), VOCABULARY)
    )
    model = build(folder, configuration(pieces), goes_on)
    write_texts(folder, pieces, configuration(pieces))
    batches = Packer(pieces, lessons.conversation).batches(ROWS, ROW_TOKENS)
    rate = PEAK_RATE / 2 if goes_on else PEAK_RATE
    outcome = train(model, answer_loss, batches, Schedule(seconds, steps, rate))
    checkpoint.write_weights(folder, model)
    return outcome


def build(folder: Path, config: dict[str, Any], goes_on: bool) -> Model:
    """The model, its weights read or drawn anew."""
    model = Model(ModelArgs.from_dict(config))
    if goes_on:
        checkpoint.read_weights(folder, model)
    else:
        checkpoint.initialise(model)
    log.info("%d parameters", sum(weight.size for _, weight in tree_flatten(model.parameters())))
    return model


def configuration(pieces: Tokenizer) -> dict[str, Any]:
    """What config.json says."""
    return {
        "model_type": "qwen3",
        "architectures": ["Qwen3ForCausalLM"],
        "vocab_size": pieces.get_vocab_size(),
        "hidden_size": HIDDEN,
        "num_hidden_layers": LAYERS,
        "intermediate_size": HIDDEN * 5 // 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KEY_HEADS,
        "head_dim": HIDDEN // HEADS,
        "rms_norm_eps": 1e-6,
        "rope_theta": 1e4,
        "max_position_embeddings": CONTEXT_TOKENS,
        "tie_word_embeddings": True,
        "torch_dtype": "float16",
        "bos_token_id": pieces.token_to_id(END_OF_TEXT),
        "eos_token_id": pieces.token_to_id(END_OF_TURN),
    }


def write_texts(folder: Path, pieces: Tokenizer, config: dict[str, Any]) -> None:
    """Write all of the checkpoint but its weights."""
    settings = {
        "tokenizer_class": "Qwen2Tokenizer",
        "bos_token": None,
        "eos_token": END_OF_TURN,
        "pad_token": END_OF_TEXT,
        "unk_token": None,
        "model_max_length": CONTEXT_TOKENS,
    }
    ends = [pieces.token_to_id(END_OF_TURN), pieces.token_to_id(END_OF_TEXT)]
    checkpoint.write_json(folder, "config.json", config)
    checkpoint.write_json(
        folder, "generation_config.json", {"do_sample": False, "eos_token_id": ends}
    )
    checkpoint.write_tokenizer(folder, pieces, settings, CHATML)


def answer_loss(model: nn.Module, ids: mx.array, said: mx.array) -> mx.array:
    """Mean cross-entropy of the tokens to be said; both arrays are (rows, length + 1)."""
    scores = model(ids[:, :-1]).astype(mx.float32)
    losses = nn.losses.cross_entropy(scores, ids[:, 1:])
    weights = said[:, 1:]
    mean: mx.array = (losses * weights).sum() / weights.sum()
    return mean
