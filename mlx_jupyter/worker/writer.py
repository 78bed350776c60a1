"""One sequence with a cache of its own. As in mlx-lm's batch its loop is a token ahead of what it
says: while one is written out, the device computes the next."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, cast

import mlx.core as mx
from mlx_lm.models.cache import TokenBuffer, trim_prompt_cache

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Row

__all__ = ["Writer"]

Model = Callable[..., mx.array]
Settle = Callable[[list[Any]], None]


class Writer:
    """`caches` hold the first `known_tokens` of `tokens`; `settle` is done to them after every call
    of the model."""

    def __init__(
        self,
        model: Model,
        settle: Settle,
        tokens: list[int],
        row: Row,
        caches: list[Any],
        known_tokens: int = 0,
    ) -> None:
        self._model = model
        self._settle = settle
        self._tokens = tokens
        self._row = row
        self._caches = caches
        self._context = TokenBuffer(tokens[:-1])
        self._written = 0
        self._ahead: tuple[mx.array, mx.array] | None = None
        self.read_tokens = known_tokens

    @property
    def reads(self) -> bool:
        """Is there more of the prompt to be read before the first token can be written?"""
        return self.read_tokens < len(self._tokens) - 1

    def read(self) -> None:
        """The next chunk of the prompt."""
        end = min(self.read_tokens + PREFILL_TOKENS, len(self._tokens) - 1)
        self._model(mx.array([self._tokens[self.read_tokens : end]]), cache=self._caches)
        self._settle(self._caches)
        mx.eval([cache.state for cache in self._caches])
        mx.clear_cache()
        self.read_tokens = end

    def write(self) -> tuple[int, mx.array]:
        """The next token and its logprobs, (vocabulary,)."""
        if self._ahead is None:
            self._ahead = self._sample(mx.array(self._tokens[-1:]))
        sampled, logprobs = self._ahead
        self._written += 1
        if self._written < self._row.max_tokens:
            self._ahead = self._sample(sampled)
        return cast("int", sampled.item()), logprobs[0]

    def fork(self, row: Row) -> Writer:
        """One answer to the prompt that has been read; there may be more."""
        return self._continued(row, copy.deepcopy(self._caches))

    def hand_over(self, row: Row) -> Writer:
        """As `fork`, and it is used no more."""
        return self._continued(row, self._caches)

    def _continued(self, row: Row, caches: list[Any]) -> Writer:
        return Writer(self._model, self._settle, self._tokens, row, caches, self.read_tokens)

    def take_caches(self) -> list[Any]:
        """They hold all tokens but the last that was written; the line is at its end."""
        trim_prompt_cache(self._caches, 1)
        return self._caches

    def _sample(self, token: mx.array) -> tuple[mx.array, mx.array]:
        logits = self._model(token[None], cache=self._caches)[:, -1, :]
        self._settle(self._caches)
        if self._row.processors:
            context = self._context.update_and_fetch(token)
            for processor in self._row.processors:
                logits = processor(context, logits)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        sampled = self._row.sampler(logprobs)
        mx.async_eval(sampled, logprobs)
        return sampled, logprobs
