"""Loads one embedding checkpoint with mlx-embeddings, or a cross-encoder with mlx-vlm."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_embeddings.utils import _get_classes, load_model
from mlx_vlm.reranker_loader import (
    is_sequence_classifier_config,
    load_sequence_classification_model,
)
from transformers import AutoTokenizer

from mlx_jupyter.catalog.describe import context_length
from mlx_jupyter.catalog.json_file import read_object
from mlx_jupyter.catalog.sentence import Sentence, sentence_of
from mlx_jupyter.catalog.tokenizer import check_tokenizer
from mlx_jupyter.errors import LoadFailed
from mlx_jupyter.worker.embedding_text import Reader
from mlx_jupyter.worker.encoder import ARCHITECTURES, CrossEncoder, Encoder, RowModel
from mlx_jupyter.worker.float32 import widen
from mlx_jupyter.worker.loading import UNBOUNDED_TOKENS, loaders_words

__all__ = ["EmbeddingModel", "load_embedding", "load_reader"]

SCORES_BYTES = 4 * 10**9
_ACTIVATIONS: dict[str, Callable[[mx.array], mx.array]] = {
    "Identity": lambda vectors: vectors,
    "Tanh": mx.tanh,
    "ReLU": nn.relu,
    "GELU": nn.gelu,
    "SiLU": nn.silu,
}


@dataclass(frozen=True)
class EmbeddingModel:
    """An embedding checkpoint in memory; `model` turns rows that `reader` made into vectors."""

    model: RowModel
    reader: Reader
    sentence: Sentence


def load_embedding(
    folder: Path,
    *,
    trusted: bool = False,
    workspace_bytes: int | None = None,
    float32: bool = False,
) -> EmbeddingModel:
    """`trusted` lets a tokenizer's own code run; `workspace_bytes` bounds one text's attention;
    with `float32` weights of 16 bits are widened, but for those of steps after the pooling.

    Raises `CheckpointInvalid` or `LoadFailed`, with the loader's own words in the latter.
    """
    config, sentence = read_object(folder / "config.json"), sentence_of(folder)
    reader = load_reader(folder, trusted=trusted, workspace_bytes=workspace_bytes)
    with loaders_words(folder):
        if is_sequence_classifier_config(config):
            ranker = load_sequence_classification_model(folder, config=config)
            _widen_if(float32, ranker)
            kinds = int(config.get("type_vocab_size") or 1)
            return EmbeddingModel(CrossEncoder(ranker, reader.pad, kinds), reader, sentence)
        encoder = _encoder(folder, config, sentence, reader.pad, float32)
        return EmbeddingModel(encoder, reader, sentence)


def load_reader(
    folder: Path, *, trusted: bool = False, workspace_bytes: int | None = None
) -> Reader:
    """As `load_embedding`, of the tokenizer alone."""
    check_tokenizer(folder)
    config = read_object(folder / "config.json")
    with loaders_words(folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=trusted)
        if not tokenizer.is_fast:
            raise ValueError("its tokenizer has no fast form (tokenizer.json)")
        named = context_length(config, folder, "embedding") or UNBOUNDED_TOKENS
        length = min(named, _bearable_tokens(config, workspace_bytes))
        vocabulary = int(config.get("vocab_size") or len(tokenizer))
        return Reader(tokenizer, length, vocabulary)


def _bearable_tokens(config: Mapping[str, Any], workspace_bytes: int | None) -> int:
    """What one text may have so that its scores, of every token by every token for each head, fit
    into that: an attention that is not fused keeps 1.1 to 1.5 times as much (measured). Without a
    bound a text of 32,768 tokens would take 70 GB on a CPU, and Jupyter with it."""
    architecture = ARCHITECTURES.get(_name(config))
    fused = architecture is not None and architecture.fused
    if fused and mx.default_device().type == mx.DeviceType.gpu:
        return UNBOUNDED_TOKENS
    return math.isqrt(
        min(workspace_bytes or SCORES_BYTES, SCORES_BYTES)
        // (4 * int(config.get("num_attention_heads") or 16))
    )


def _name(config: Mapping[str, Any]) -> str:
    return str(config["model_type"]).replace("-", "_")


def _widen_if(float32: bool, model: nn.Module) -> None:
    if float32:
        widen(model)


def _encoder(
    folder: Path, config: dict[str, Any], sentence: Sentence, pad: int, float32: bool
) -> Encoder:
    architecture = ARCHITECTURES.get(_name(config))
    if architecture is None:
        raise LoadFailed(
            f"{folder.name} could not be loaded: vectors of texts are not made with model_type "
            f"'{config['model_type']}' yet ({', '.join(ARCHITECTURES)} are known)."
        )
    if _name(config) == "gemma3_text":  # it has its dense steps in itself
        model = load_model(folder, path_to_repo=str(folder))
        dense = list(model.dense)
    else:
        steps = {Path(path).name for path in sentence.dense}
        classes = partial(_classes_without, steps)
        model = load_model(folder, get_model_classes=classes, path_to_repo=str(folder))
        dense = [_Dense(folder / path) for path in sentence.dense]
    _widen_if(float32, model)
    return Encoder(
        model, architecture, sentence.poolings, dense, pad, normalized=sentence.normalized
    )


def _classes_without(steps: Set[str], config: dict[str, Any]) -> tuple[Any, Any, None, None]:
    """mlx-embeddings gives a model the weights of the steps that lie in folders beside its own, and
    then refuses them. Here the model does not see those in the folders `steps`."""
    model, arguments, *_ = _get_classes(config)

    def sanitize(self: Any, weights: dict[str, mx.array]) -> dict[str, mx.array]:
        own = {name for name in weights if name.partition(".")[0] not in steps}
        return model.sanitize(self, {name: weights[name] for name in own})

    return type("Alone", (model,), {"sanitize": sanitize}), arguments, None, None


class _Dense:
    """sentence-transformers' step between pooling and normalising."""

    def __init__(self, folder: Path) -> None:
        config = read_object(folder / "config.json")
        name = str(config.get("activation_function") or "Tanh").rpartition(".")[2]
        if name not in _ACTIVATIONS:
            raise ValueError(f"{folder.name} has the activation '{name}', which is not known here")
        weights: Any = mx.load(str(folder / "model.safetensors"))
        self._weight, self._bias = weights["linear.weight"], weights.get("linear.bias")
        self._activation = _ACTIVATIONS[name]
        mx.eval(weights)

    def __call__(self, vectors: mx.array) -> mx.array:
        product = vectors @ self._weight.T
        return self._activation(product if self._bias is None else product + self._bias)
