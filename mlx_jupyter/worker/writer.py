"""One sequence with a cache of its own. As in mlx-lm's batch its loop is a token ahead of what it
says: while one is written out, the device computes the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

import mlx.core as mx
from mlx_lm.models.cache import TokenBuffer, trim_prompt_cache

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Row
from mlx_jupyter.worker.kv import KV, settle, uncut

__all__ = ["Writer"]

Model = Callable[..., mx.array]
Quantizer = Callable[[KV], None]


class Writer:
    """`kv` holds the first `known` of the `tokens`; `quantize` is done to it after every call of
    the model. `held` is how many it holds, of the prompt and of what was written."""

    def __init__(
        self,
        model: Model,
        quantize: Quantizer,
        tokens: list[int],
        row: Row,
        kv: KV,
        known: int = 0,
    ) -> None:
        self._model = model
        self._quantize = quantize
        self._tokens = list(tokens)
        self._row = row
        self._kv = kv
        self._context = TokenBuffer(tokens[:-1])
        self._left = row.max_tokens
        self._ahead: tuple[mx.array, mx.array] | None = None
        self.held = known

    @property
    def size(self) -> int:
        """In tokens, prompt and all."""
        return len(self._tokens)

    @property
    def reads(self) -> bool:
        """Is there more of the prompt to be read before the first token can be written?"""
        return self.held < len(self._tokens) - 1

    def read(self) -> None:
        """The next chunk of the prompt."""
        end = min(self.held + PREFILL_TOKENS, len(self._tokens) - 1)
        self._model(mx.array([self._tokens[self.held : end]]), cache=self._kv)
        self._quantize(self._kv)
        settle(self._kv)
        mx.clear_cache()
        self.held = end

    def write(self) -> tuple[int, mx.array, bool]:
        """The next token, its logprobs (vocabulary,), and whether it is the last that may come."""
        if self._ahead is None:
            self._ahead = self._sample(mx.array(self._tokens[-1:]))
        sampled, logprobs = self._ahead
        self._left -= 1
        if self._left:
            self._ahead = self._sample(sampled)
        token = cast("int", sampled.item())
        self._tokens.append(token)
        return token, logprobs[0], not self._left

    def fork(self, row: Row) -> Writer:
        """One answer to the prompt that has been read; there may be more."""
        return self._continued(row, uncut(self._kv))

    def hand_over(self, row: Row) -> Writer:
        """As `fork`, and it is used no more."""
        return self._continued(row, self._kv)

    def _continued(self, row: Row, kv: KV) -> Writer:
        return Writer(self._model, self._quantize, self._tokens, row, kv, self.held)

    def end(self) -> tuple[list[int], KV]:
        """What the keys and values hold, and they; it is used no more."""
        return self._tokens[: self.held], self._kv

    def all_but_the_last(self) -> KV:
        """As `end`, without the last token that was written."""
        trim_prompt_cache(self._kv, self.held - (len(self._tokens) - 1))
        return self._kv

    def _sample(self, token: mx.array) -> tuple[mx.array, mx.array]:
        logits = self._model(token[None], cache=self._kv)[:, -1, :]
        self.held += 1
        self._quantize(self._kv)
        if self._row.processors:
            context = self._context.update_and_fetch(token)
            for processor in self._row.processors:
                logits = processor(context, logits)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        sampled = self._row.sampler(logprobs)
        mx.async_eval(sampled, logprobs)
        return sampled, logprobs
