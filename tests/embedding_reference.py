"""What the libraries themselves compute, each input alone, in a process of their own; and a BERT in
NumPy that owes them nothing.

Inputs are texts, or lists of token ids. The ids of a text are those of transformers, as in
mlx-embeddings: version 5 builds the tokenizer of a known class anew, with that class's normalizer,
whatever `tokenizer.json` says. What was computed once is kept.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from tokenizers import Encoding, Tokenizer

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from tests.standing import Standing, serve

LIBRARIES = Standing(
    "tests.embedding_reference", lambda: worker_environment(os.environ, find_blas("auto"))
)
Array = NDArray[Any]
Input = str | Sequence[int]


def encode(
    folder: Path, text: str, second: str | None = None, max_tokens: int | None = None
) -> Encoding:
    """By the tokenizer of the checkpoint, without padding, cut only to `max_tokens`."""
    tokenizer = _tokenizer(folder)
    tokenizer.no_truncation()
    if max_tokens is not None:
        tokenizer.enable_truncation(max_tokens)
    return tokenizer.encode(text, second)


def ids_of(folder: Path, text: Input, max_tokens: int | None = None) -> list[int]:
    return encode(folder, text, None, max_tokens).ids if isinstance(text, str) else list(text)


@cache
def _tokenizer(folder: Path) -> Tokenizer:
    from transformers import AutoTokenizer  # a second, which only those who ask should wait for

    tokenizer: Tokenizer = AutoTokenizer.from_pretrained(folder).backend_tokenizer
    tokenizer.no_padding()
    return tokenizer


# --- by the libraries -----------------------------------------------------------------------------


def direct(folder: Path, inputs: Iterable[Input]) -> Array:
    """`text_embeds` of mlx-embeddings, float32, a row an input."""
    return np.array(_each("text_embeds", folder, inputs), np.float32)


def hidden(folder: Path, inputs: Iterable[Input]) -> list[Array]:
    """For each input the last hidden states of its tokens, a row a token."""
    return [np.array(states, np.float32) for states in _each("hidden", folder, inputs)]


def pooled(
    folder: Path,
    inputs: Iterable[Input],
    mode: str = "mean",
    *,
    unit: bool = True,
    skipped_tokens: int = 0,
    states_of: Path | None = None,
) -> Array:
    """The hidden states, pooled here, and brought through the checkpoint's dense steps; float64.
    `skipped_tokens` at the beginning of each input are not pooled. `states_of` is the same model
    in another folder, for mlx-embeddings does not load steps of which its class does not know."""
    states = (each[skipped_tokens:] for each in hidden(states_of or folder, inputs))
    vectors = np.array([pool(each, mode) for each in states])
    for step in _dense_steps(folder):
        vectors = step(vectors)
    return to_unit(vectors) if unit else vectors


def scores(
    folder: Path, query: str, documents: Iterable[str], max_tokens: int | None = None
) -> Array:
    """How well each document fits, 0 to 1: the sigmoid of mlx-vlm's sequence classifier."""
    pairs = [encode(folder, query, document, max_tokens) for document in documents]
    logits = [_ask("logit", folder, tuple(pair.ids), tuple(pair.type_ids)) for pair in pairs]
    return sigmoid(np.array(logits, np.float64))


def _each(what: str, folder: Path, inputs: Iterable[Input]) -> list[Any]:
    return [_ask(what, folder, tuple(ids_of(folder, each))) for each in inputs]


@cache
def _ask(what: str, folder: Path, ids: tuple[int, ...], types: tuple[int, ...] = ()) -> Any:
    return LIBRARIES.ask(what, str(folder), ids, types)


# --- by hand --------------------------------------------------------------------------------------


def pool(states: Array, mode: str) -> Array:
    """One vector of the states of one input's tokens; `cls+max` is both, one behind the other."""
    states = states.astype(np.float64)
    by_mode: dict[str, Callable[[], Array]] = {
        "cls": lambda: states[0],
        "mean": lambda: states.sum(axis=0) / len(states),
        "max": lambda: states.max(axis=0),
        "lasttoken": lambda: states[-1],
    }
    return np.concatenate([by_mode[each]() for each in mode.split("+")])


def to_unit(vectors: Array) -> Array:
    return vectors / np.sqrt((vectors**2).sum(axis=-1, keepdims=True))


def _dense_steps(folder: Path) -> Iterator[Callable[[Array], Array]]:
    """Of modules.json, with the weights in their own folders or in the model's file."""
    file = folder / "modules.json"
    modules = json.loads(file.read_text()) if file.is_file() else []
    paths = [module["path"] for module in modules if module["type"].endswith(".Dense")]
    for place, path in enumerate(paths):
        if (folder / path).is_dir():
            settings = json.loads((folder / path / "config.json").read_text())
            apart = load_file(folder / path / "model.safetensors")
            weight, bias = apart["linear.weight"], apart.get("linear.bias", 0)
            curved = settings["activation_function"].endswith(".Tanh")
        else:
            weight = load_file(folder / "model.safetensors")[f"dense.{place}.weight"]
            bias, curved = 0, False
        yield partial(_through, weight=weight.astype(np.float64), bias=bias, curved=curved)


def _through(vectors: Array, weight: Array, bias: Array | int, curved: bool) -> Array:
    found = vectors @ weight.T + bias
    return np.tanh(found) if curved else found


def sigmoid(logits: Array) -> Array:
    return 1 / (1 + np.exp(-logits))


def bert_states(folder: Path, ids: Sequence[int], types: Sequence[int] | None = None) -> Array:
    """The last hidden states of BERT for one input, in float64 (Devlin et al. 2018, fig. 1)."""
    bert = _Bert(folder)
    return bert.states(ids, types if types is not None else [0] * len(ids))


def bert_scores(folder: Path, query: str, documents: Iterable[str]) -> Array:
    """As `scores`, by hand: the first token through tanh, one logit, the sigmoid."""
    bert = _Bert(folder)
    pairs = [encode(folder, query, document) for document in documents]
    firsts = np.array([bert.states(pair.ids, pair.type_ids)[0] for pair in pairs])
    return sigmoid(bert.linear("classifier", np.tanh(bert.linear("pooler.dense", firsts)))[:, 0])


class _Bert:
    def __init__(self, folder: Path) -> None:
        config = json.loads((folder / "config.json").read_text())
        self._heads = config["num_attention_heads"]
        self._layers = config["num_hidden_layers"]
        self._epsilon = config["layer_norm_eps"]
        self._weights = {
            name.removeprefix("bert."): value.astype(np.float64)
            for name, value in load_file(folder / "model.safetensors").items()
        }

    def states(self, ids: Sequence[int], types: Sequence[int]) -> Array:
        word, position, kind = (
            self._weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        states = word[list(ids)] + position[: len(ids)] + kind[list(types)]
        states = self._norm("embeddings.LayerNorm", states)
        for number in range(self._layers):
            states = self._layer(f"encoder.layer.{number}", states)
        return states

    def linear(self, name: str, states: Array) -> Array:
        return states @ self._weights[f"{name}.weight"].T + self._weights[f"{name}.bias"]

    def _layer(self, name: str, states: Array) -> Array:
        seen = self.linear(f"{name}.attention.output.dense", self._attend(name, states))
        states = self._norm(f"{name}.attention.output.LayerNorm", states + seen)
        inner = _gelu(self.linear(f"{name}.intermediate.dense", states))
        return self._norm(
            f"{name}.output.LayerNorm", states + self.linear(f"{name}.output.dense", inner)
        )

    def _attend(self, name: str, states: Array) -> Array:
        query, key, value = (
            np.split(self.linear(f"{name}.attention.self.{part}", states), self._heads, axis=1)
            for part in ("query", "key", "value")
        )
        heads = []
        for q, k, v in zip(query, key, value, strict=True):
            weights = np.exp(q @ k.T / math.sqrt(q.shape[1]))
            heads.append(weights / weights.sum(axis=1, keepdims=True) @ v)
        return np.concatenate(heads, axis=1)

    def _norm(self, name: str, states: Array) -> Array:
        centred = states - states.mean(axis=1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + self._epsilon)
        return scaled * self._weights[f"{name}.weight"] + self._weights[f"{name}.bias"]


def _gelu(values: Array) -> Array:
    return values * (1 + np.vectorize(math.erf)(values / math.sqrt(2))) / 2


# --- in the other process -------------------------------------------------------------------------


def _text_embeds(folder: str, ids: list[int], types: list[int]) -> Any:
    import mlx.core as mx

    return _embedder(folder)(mx.array([ids])).text_embeds[0].astype(mx.float32).tolist()


def _hidden(folder: str, ids: list[int], types: list[int]) -> Any:
    import mlx.core as mx

    model, tokens = _embedder(folder), mx.array([ids])
    if model.config.model_type == "modernbert":  # its own output is pooled already
        ones = mx.ones(tokens.shape)
        states = model.model(tokens, attention_mask=ones)["last_hidden_state"]
    else:
        states = model(tokens).last_hidden_state
    return states[0].astype(mx.float32).tolist()


def _logit(folder: str, ids: list[int], types: list[int]) -> Any:
    import mlx.core as mx

    logits = _classifier(folder)(mx.array([ids]), token_type_ids=mx.array([types])).logits
    assert logits.shape == (1, 1)
    return logits.item()


@cache
def _embedder(folder: str) -> Any:
    from mlx_embeddings import load

    return load(folder)[0]


@cache
def _classifier(folder: str) -> Any:
    from mlx_vlm.reranker_loader import load_sequence_classification_model

    return load_sequence_classification_model(Path(folder))


_COMPUTED: dict[str, Callable[[str, list[int], list[int]], Any]] = {
    "text_embeds": _text_embeds,
    "hidden": _hidden,
    "logit": _logit,
}


def _answer(what: str, folder: str, ids: list[int], types: list[int]) -> Any:
    return _COMPUTED[what](folder, ids, types)


if __name__ == "__main__":
    serve(_answer)
