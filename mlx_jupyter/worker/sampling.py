"""Samplers and logits processors of one sequence in a batch.

A seeded request must give the same text alone and beside others, so each sequence has its own PRNG
key: MLX's global state advances with every row of the batch. Values come from the request, else
from the checkpoint's `generation_config.json` (as vLLM does), else from OpenAI's defaults.
Temperature 0, `do_sample: false` and top_p 0 are greedy. The filters are mlx-lm's and, as there,
see the distribution before the temperature.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import mlx.core as mx
from mlx_lm.sample_utils import (
    apply_min_p,
    apply_top_k,
    apply_top_p,
    greedy_sampler,
    make_logits_processors,
    make_repetition_penalty,
)

from mlx_jupyter.messages import Sampling

__all__ = [
    "Guarded",
    "KeyedSampler",
    "Processor",
    "Recipe",
    "Sampler",
    "make_processors",
    "make_sampler",
    "recipe",
]

Sampler = Callable[[mx.array], mx.array]
Processor = Callable[[mx.array, mx.array], mx.array]

COLDEST = 1e-5
"""Below it 1 / temperature leaves what f32 logits can bear."""
_RANGES = {
    "temperature": (0.0, 100.0),
    "top_p": (0.0, 1.0),
    "top_k": (0, 2**31 - 1),
    "min_p": (0.0, 1.0),
    "repetition_penalty": (1e-3, 1e3),
}
"""What a `generation_config.json` may say; anything else in it is passed over."""
_EVERYTHING = 2**31 - 1
"""A context window that is never full."""
_SPREAD = 0x9E3779B97F4A7C15
"""Odd, and 2**64 over the golden ratio: no two seeds meet in the keys of any answer's places."""


@dataclass(frozen=True)
class Recipe:
    """A request's sampling with every gap filled."""

    temperature: float
    top_p: float
    top_k: int
    min_p: float
    repetition_penalty: float

    @property
    def greedy(self) -> bool:
        return self.temperature < COLDEST or self.top_p == 0 or self.top_k == 1


def recipe(request: Sampling, defaults: Mapping[str, Any]) -> Recipe:
    """`request` completed from a `generation_config.json`; see the module's docstring."""
    sampled = defaults.get("do_sample", True) is not False
    own = {name: defaults[name] for name in _RANGES if sampled and _is_sane(name, defaults)}

    def pick(name: str, asked: float | None, fallback: float) -> float:
        return own.get(name, fallback) if asked is None else asked

    return Recipe(
        temperature=pick("temperature", request.temperature, 1.0 if sampled else 0.0),
        top_p=pick("top_p", request.top_p, 1.0),
        top_k=int(pick("top_k", request.top_k, 0)),
        min_p=pick("min_p", request.min_p, 0.0),
        repetition_penalty=pick("repetition_penalty", request.repetition_penalty, 1.0),
    )


def _is_sane(name: str, defaults: Mapping[str, Any]) -> bool:
    value, (least, most) = defaults.get(name), _RANGES[name]
    return isinstance(value, (int, float)) and least <= value <= most


class KeyedSampler:
    """Draws from the filtered distribution; a key belongs to the place of a token in the answer.

    So a token is the same whoever draws it, and how often: what a draft writes ahead is drawn with
    the keys of the model, which thereby agrees with it more often, and a seeded answer is the same
    with a draft and without. `place` is the next token's.
    """

    def __init__(self, filters: list[Sampler], temperature: float, seed: int) -> None:
        self._filters = filters
        self._scale = 1.0 / temperature
        self._seed = seed
        self.place = 0

    def __call__(self, logprobs: mx.array) -> mx.array:
        self.place += 1
        return self.at(self.place - 1, logprobs)

    def at(self, place: int, logprobs: mx.array) -> mx.array:
        for keep in self._filters:
            logprobs = keep(logprobs)
        key = mx.random.key((self._seed * _SPREAD + place) % 2**64)
        return mx.random.categorical(logprobs * self._scale, key=key)


def make_sampler(settings: Recipe, seed: int, vocabulary: int) -> Sampler:
    """Greedy requests share one function, which lets mlx-lm take the whole batch in one call."""
    if settings.greedy:
        return greedy_sampler
    filters: list[Sampler] = []
    if settings.top_p < 1:
        filters.append(partial(apply_top_p, top_p=settings.top_p))
    if settings.min_p > 0:
        filters.append(partial(apply_min_p, min_p=settings.min_p))
    if 0 < settings.top_k < vocabulary:
        filters.append(partial(apply_top_k, top_k=settings.top_k))
    return KeyedSampler(filters, settings.temperature, seed % 2**63)


class Guarded:
    """A processor whose error stays its own.

    An exception that escapes from one row's processor drops the whole batch of mlx-lm 0.32.2
    without a word; here it is kept in `error`, the logits pass unchanged, and the loop fails that
    one request.

    One that `remembers` must see every token once and in order, so no draft can ask it ahead.
    """

    def __init__(self, processor: Processor, *, remembers: bool = False) -> None:
        self._processor = processor
        self.remembers = remembers
        self.error: Exception | None = None

    def __call__(self, tokens: mx.array, logits: mx.array) -> mx.array:
        if self.error is not None:
            return logits
        try:
            return self._processor(tokens, logits)
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not reach the batch
            self.error = error
            return logits


def make_processors(request: Sampling, settings: Recipe, prompt_tokens: int) -> list[Guarded]:
    """OpenAI's presence and frequency penalties look at what was generated; the repetition penalty
    looks at the prompt too, as in its paper (arXiv:1909.05858) and in transformers."""
    made: list[Processor] = list(make_logits_processors(logit_bias=request.logit_bias or None))
    if settings.repetition_penalty != 1.0:
        made.append(make_repetition_penalty(settings.repetition_penalty, _EVERYTHING))
    penalties = make_logits_processors(
        presence_penalty=request.presence_penalty or None,
        presence_context_size=_EVERYTHING,
        frequency_penalty=request.frequency_penalty or None,
        frequency_context_size=_EVERYTHING,
    )
    made.extend(partial(_of_the_answer, penalty, prompt_tokens) for penalty in penalties)
    return [Guarded(processor) for processor in made]


def _of_the_answer(
    penalty: Processor, prompt_tokens: int, tokens: mx.array, logits: mx.array
) -> mx.array:
    return penalty(tokens[prompt_tokens:], logits)
