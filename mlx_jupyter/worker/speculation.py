"""One sequence that a draft writes ahead, and that its model reads after it.

A round: the draft writes k tokens; the model reads them in one pass, which costs hardly more than
one token where weights have to be fetched from memory; its own tokens count, up to and with the
first that is not the draft's. So the text is the model's: the very tokens that it would have
chosen, greedy or drawn, because a sampler's keys belong to places (`KeyedSampler`).

k grows by 2 where all were right and shrinks by 1 where not (transformers' heuristic). A draft that
is right too seldom is worse than none: `pays` says so.

mlx-lm's own loop (`speculative_generate_step`, 0.32.2) shows processors a prompt's last token only,
and draws what the model and the draft choose with different keys.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import mlx.core as mx
from mlx_lm.models.cache import trim_prompt_cache

from mlx_jupyter.worker.batch import Row
from mlx_jupyter.worker.draft import Draft
from mlx_jupyter.worker.sampling import KeyedSampler

__all__ = ["Round", "Speculation", "can_be_drafted"]

FIRST_TOKENS, MOST_TOKENS = 4, 10
TRIAL_TOKENS, LEAST_SHARE = 32, 0.3
"""After so many drafted tokens at least such a share has to have been right. A draft of a quarter
of its model's size (60M, in f32 on a CPU) makes it 2.4 times as fast where it is always right, 2.2
with a share of 0.68, 1.4 with 0.44, and 0.9 where it is given up at once."""


@dataclass(frozen=True)
class Round:
    """The model's `tokens` with their logprobs, (tokens, vocabulary): the first `accepted` of them
    the draft had too, and of its own `rejected` not."""

    tokens: list[int]
    logprobs: mx.array
    accepted: int
    rejected: int


def can_be_drafted(row: Row) -> bool:
    return not any(processor.remembers for processor in row.processors)


class Speculation:
    """`tokens` are the prompt and what has been written, `written` of it, and `caches` the model's
    of all but the last."""

    def __init__(
        self,
        model: Callable[..., mx.array],
        draft: Draft,
        row: Row,
        tokens: list[int],
        written: int,
        caches: list[Any],
    ) -> None:
        self._model = model
        self._draft = draft
        self._row = row
        self._tokens = list(tokens)
        self._written = written
        self._caches = caches
        self._ahead_tokens = FIRST_TOKENS
        self._drafted = self._accepted = 0

    @property
    def pays(self) -> bool:
        return self._drafted < TRIAL_TOKENS or self._accepted >= LEAST_SHARE * self._drafted

    def next(self) -> Round:
        """The next round. `tokens` may go on after one that ends the turn."""
        left = self._row.max_tokens - self._written
        drafted = self._write_ahead(min(self._ahead_tokens, left - 1))
        tokens, logprobs = self._read_after(drafted)
        mx.eval(tokens, drafted, logprobs)
        wished, chosen = _numbers(drafted), _numbers(tokens)
        right = next((i for i, token in enumerate(wished) if token != chosen[i]), len(wished))
        self._settle(chosen[: right + 1], len(wished))
        return Round(chosen[: right + 1], logprobs, right, len(wished) - right)

    def end(self) -> tuple[list[int], Row, list[Any]]:
        """All tokens, how the row is to be continued, and the caches of all but the last token."""
        sampler = self._row.sampler
        if isinstance(sampler, KeyedSampler):
            sampler.place = self._written
        left = replace(self._row, max_tokens=self._row.max_tokens - self._written)
        return self._tokens, left, self._caches

    def _write_ahead(self, count: int) -> mx.array:
        """(count,): what the draft would write."""
        written = mx.array([], mx.uint32)
        fresh = mx.array(self._draft.unread(self._tokens), mx.uint32)
        for _ in range(count):
            fresh, _ = self._choose(self._draft.logits(fresh), written)
            written = mx.concatenate([written, fresh])
            mx.async_eval(written)
        return written

    def _read_after(self, drafted: mx.array) -> tuple[mx.array, mx.array]:
        """What the model chooses after the last token, and after each of `drafted`."""
        inputs = mx.concatenate([mx.array(self._tokens[-1:], mx.uint32), drafted])
        logits = self._model(inputs[None], cache=self._caches)[0]
        places = range(inputs.size)
        chosen = [self._choose(logits[at : at + 1], drafted[:at]) for at in places]
        tokens, logprobs = zip(*chosen, strict=True)
        return mx.concatenate(list(tokens)), mx.concatenate(list(logprobs))

    def _choose(self, logits: mx.array, ahead: mx.array) -> tuple[mx.array, mx.array]:
        """The token after ours and those `ahead`, (1,), and its logprobs, (1, vocabulary)."""
        if self._row.processors:
            context = mx.concatenate([mx.array(self._tokens, mx.uint32), ahead])
            for processor in self._row.processors:
                logits = processor(context, logits)
        logprobs = logits - mx.logsumexp(logits, axis=-1, keepdims=True)
        sampler = self._row.sampler
        if isinstance(sampler, KeyedSampler):
            token = sampler.at(self._written + ahead.size, logprobs)
        else:
            token = sampler(logprobs)
        return token.astype(mx.uint32), logprobs

    def _settle(self, written: list[int], drafted: int) -> None:
        """The caches forget what was in vain; `drafted` tokens were read beside the last one."""
        right = len(written) - 1
        before = len(self._tokens)
        self._tokens += written
        self._written += len(written)
        trim_prompt_cache(self._caches, drafted - right)
        if drafted:
            self._draft.keep(self._tokens[: before + right], before + drafted - 1)
        self._drafted += drafted
        self._accepted += right
        wish = self._ahead_tokens + (2 if right == drafted else -1)
        self._ahead_tokens = min(max(wish, 1), MOST_TOKENS)


def _numbers(tokens: mx.array) -> list[int]:
    return tokens.tolist()  # type: ignore[return-value]
