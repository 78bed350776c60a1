"""A smaller model that writes ahead of another one (speculative decoding, arXiv:2211.17192).

It has to have the same tokens under the same numbers, but for the added ones (marks, reserved
places), which differ within families; whatever it writes, the other model has the last word.

Its keys and values stay from request to request: what the next conversation has in common with the
last one is not read again.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path
from typing import Any

import mlx.core as mx
from mlx_lm.models.cache import KVCache, make_prompt_cache, trim_prompt_cache
from mlx_lm.tokenizer_utils import TokenizerWrapper

from mlx_jupyter.catalog.vocabulary import count_differing, refusal
from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.worker.batch import PREFILL_TOKENS
from mlx_jupyter.worker.loading import TextModel, load_text

__all__ = ["Draft", "load_draft"]


class Draft:
    """`model` and the caches of the tokens that it has read. It knows `own_vocabulary` tokens, and
    the other model `vocabulary`: families pad that number differently."""

    def __init__(
        self, model: Callable[..., mx.array], vocabulary: int, own_vocabulary: int
    ) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._last_token = own_vocabulary - 1
        self.forget()

    def forget(self) -> None:
        self._tokens: list[int] = []
        self._caches: list[Any] = []

    def read(self, tokens: list[int]) -> bool:
        """A chunk of `tokens`, all but the last. Is that now all of them?"""
        self._agree(tokens)
        start, end = len(self._tokens), len(tokens) - 1
        chunk = tokens[start : min(start + PREFILL_TOKENS, end)]
        if chunk:
            self._model(self._known(mx.array(chunk))[None], cache=self._caches)
            mx.eval([cache.state for cache in self._caches])
            self._tokens += chunk
        return len(self._tokens) == end

    def logits(self, tokens: mx.array) -> mx.array:
        """Of what comes after them, (1, vocabulary); they are to be `kept` afterwards."""
        logits = self._model(self._known(tokens)[None], cache=self._caches)
        logits = logits[:, -1, : self._vocabulary]
        missing = self._vocabulary - logits.shape[-1]
        return mx.pad(logits, [(0, 0), (0, missing)], constant_values=-math.inf)

    def unread(self, tokens: list[int]) -> list[int]:
        return tokens[len(self._tokens) :]

    def keep(self, tokens: list[int], read_tokens: int) -> None:
        """Of `read_tokens` that it has read, those with which `tokens` begins are kept."""
        kept = min(read_tokens, len(tokens))
        trim_prompt_cache(self._caches, read_tokens - kept)
        self._tokens = tokens[:kept]

    def _known(self, tokens: mx.array) -> mx.array:
        """One that it does not know would be looked up outside its weights."""
        return mx.minimum(tokens, self._last_token)

    def _agree(self, tokens: list[int]) -> None:
        if not self._caches:
            self._caches = make_prompt_cache(self._model)
        known = self._tokens
        if known == tokens[: len(known)] and len(known) < len(tokens):
            return
        pairs = zip(known, tokens[:-1], strict=False)
        common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        self.keep(tokens[:common], len(known))


def load_draft(folder: Path, model: TextModel, *, float32: bool = False) -> Draft:
    """For `model`. Raises `InvalidRequest` where they do not go together, and what the loader has
    to say; all of `draft_model`."""
    try:
        text = load_text(folder, float32=float32, batched=False)
    except MLXJupyterError as error:
        error.param = "draft_model"
        raise
    _require_same_tokens(model.language.tokenizer, text.language.tokenizer)
    _require_rewinding(model.model, "the model")
    _require_rewinding(text.model, "the draft")
    return Draft(text.model, model.language.vocabulary, text.language.vocabulary)


def _require_same_tokens(model: TokenizerWrapper, draft: TokenizerWrapper) -> None:
    different = count_differing(_ordinary(model), _ordinary(draft))
    if different:
        raise refusal(different)


def _require_rewinding(model: Any, name: str) -> None:
    """Raises `InvalidRequest` where tokens cannot be taken back."""
    kinds = {type(cache).__name__ for cache in make_prompt_cache(model)} - {KVCache.__name__}
    if kinds:
        raise InvalidRequest(
            f"what {name} keeps of a text ({', '.join(sorted(kinds))}) cannot be taken back token "
            "by token. Leave the draft out.",
            param="draft_model",
        )


def _ordinary(tokenizer: TokenizerWrapper) -> dict[str, int]:
    added = tokenizer.get_added_vocab()
    return {token: number for token, number in tokenizer.get_vocab().items() if token not in added}
