"""Loads one text checkpoint, by path and eagerly; of any kind, finds what ends a turn.

By path: mlx-lm asks the hub about an id even when it is cached. Eagerly: a lazy array belongs to
the thread that made it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.cache import make_prompt_cache
from mlx_lm.tokenizer_utils import TokenizerWrapper
from mlx_lm.utils import load, load_config, load_tokenizer

from mlx_jupyter.catalog.checkpoint import Kind
from mlx_jupyter.catalog.describe import context_length
from mlx_jupyter.catalog.families import end_of_turn
from mlx_jupyter.catalog.tokenizer import check_tokenizer
from mlx_jupyter.errors import LoadFailed
from mlx_jupyter.worker.float32 import widen
from mlx_jupyter.worker.infill import Infill, infill_of
from mlx_jupyter.worker.repairs import repair

__all__ = ["Language", "TextModel", "language_of", "load_language", "load_text", "loaders_words"]

UNBOUNDED_TOKENS = 2**31 - 1


class Float32Logits:
    """The model with its logits in f32.

    In f16 the probabilities of a row sum to 1.008 (measured), and a row's dtype would change with
    its neighbours'. One cast a step for the whole batch; prefill never computes its logits.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model

    def __call__(self, inputs: mx.array, cache: Any = None) -> mx.array:
        return self._model(inputs, cache=cache).astype(mx.float32)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


@dataclass(frozen=True)
class Language:
    """What a checkpoint of any kind knows of text. `defaults` is its `generation_config.json`;
    `context_length` in tokens."""

    tokenizer: TokenizerWrapper
    end_tokens: frozenset[int]
    defaults: dict[str, Any]
    context_length: int
    vocabulary: int
    longest_prompt_characters: int
    """No text that is longer can fit the context, whatever its tokens are."""
    infill: Infill | None = None
    """How it is asked to fill in a middle; None for one that cannot."""


@dataclass(frozen=True)
class TextModel:
    """A text checkpoint in memory."""

    model: Float32Logits
    language: Language


def load_text(
    folder: Path,
    *,
    adapter: Path | None = None,
    trusted: bool = False,
    float32: bool = False,
    batched: bool = True,
) -> TextModel:
    """With the LoRA adapter in the folder `adapter`; `trusted` lets the checkpoint's own code run;
    with `float32` weights of 16 bits are widened; `batched` refuses a model that mlx-lm cannot
    batch.

    Raises `CheckpointInvalid` or `LoadFailed`, with the loader's own words in the latter.
    """
    check_tokenizer(folder)
    with loaders_words(folder):
        model, tokenizer, config = load(
            str(folder),
            tokenizer_config={"trust_remote_code": True} if trusted else None,
            adapter_path=str(adapter) if adapter else None,
            return_config=True,
            trust_remote_code=trusted,
        )
        mx.eval(model.parameters())  # the adapter's are lazy
        if float32:
            widen(model)
        if batched:
            _require_batching(model)
        repair(model)
    return TextModel(Float32Logits(model), language_of(folder, tokenizer, config, "text"))


def load_language(folder: Path, *, trusted: bool = False) -> Language:
    """As `load_text`, without the weights: what `mlx_lm.utils.load` does for the tokenizer."""
    check_tokenizer(folder)
    with loaders_words(folder):
        config = load_config(folder)
        tokenizer = load_tokenizer(
            folder,
            {"trust_remote_code": True} if trusted else None,
            eos_token_ids=config.get("eos_token_id"),
        )
    return language_of(folder, tokenizer, config, "text")


@contextmanager
def loaders_words(folder: Path) -> Iterator[None]:
    """Turns what a loader raises into `LoadFailed`."""
    try:
        yield
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        raise LoadFailed(f"{folder.name} could not be loaded: {_words(error)}") from error


def language_of(
    folder: Path, tokenizer: TokenizerWrapper, config: dict[str, Any], kind: Kind
) -> Language:
    defaults = _json(folder / "generation_config.json")
    text = config.get("text_config") or {}
    length = context_length(config, folder, kind) or UNBOUNDED_TOKENS
    ids = tokenizer.get_vocab()
    vocabulary = _first_int(config, text, "vocab_size") or len(ids)
    return Language(
        tokenizer=tokenizer,
        end_tokens=frozenset(
            tokenizer.eos_token_ids
            | _ids(_json(folder / "config.json").get("eos_token_id"))
            | _ids(defaults.get("eos_token_id"))
            | _in_vocabulary(tokenizer, end_of_turn(str(config.get("model_type"))))
        ),
        defaults=defaults,
        context_length=length,
        vocabulary=vocabulary,
        longest_prompt_characters=length * max(map(len, ids)),
        infill=infill_of(ids, vocabulary),
    )


def _require_batching(model: nn.Module) -> None:
    kinds = {
        type(cache).__name__ for cache in make_prompt_cache(model) if not hasattr(cache, "merge")
    }
    if kinds:
        raise ValueError(f"its cache ({', '.join(sorted(kinds))}) cannot be batched by mlx-lm yet")


def _words(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"missing {text}" if isinstance(error, KeyError) else text or type(error).__name__


def _json(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    content = json.loads(file.read_bytes())
    return content if isinstance(content, dict) else {}


def _ids(value: object) -> set[int]:
    values = value if isinstance(value, list) else [value]
    return {one for one in values if isinstance(one, int)}


def _in_vocabulary(tokenizer: TokenizerWrapper, words: Iterable[str]) -> set[int]:
    vocabulary = tokenizer.get_vocab()
    return {vocabulary[word] for word in words if word in vocabulary}


def _first_int(config: dict[str, Any], text: dict[str, Any], name: str) -> int | None:
    found = config.get(name, text.get(name))
    return found if isinstance(found, int) else None
