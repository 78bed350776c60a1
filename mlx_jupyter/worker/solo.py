"""Vision families whose batches are not proven: one sequence at a time, by mlx-vlm's own loop.

mlx-vlm 0.7.10 fails on batches of unequal prompts for Gemma 3 and SmolVLM, and other families keep
a request's state on the model. Its `generate_step` serves them all, one after the other; sampling,
stop texts and detokenizing stay ours.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass

import mlx.core as mx
from mlx_lm.generate import maybe_set_recommended_wired_limit
from mlx_vlm.generate import generate_step

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Filled, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.sampling import Processor
from mlx_jupyter.worker.vision_loading import VisionModel
from mlx_jupyter.worker.vision_prompt import VisionPrompt

__all__ = ["Solo"]

Tokens = Generator[tuple[int, mx.array], None, None]


class _Removed(Exception):
    """The row whose prompt is being read was cancelled meanwhile."""


@dataclass(frozen=True)
class _Waiting:
    number: int
    prompt: VisionPrompt
    row: Row


class Solo:
    """`look_for_cancels` is called in the midst of a prefill, and may call `remove`."""

    def __init__(self, vision: VisionModel, look_for_cancels: Callable[[], None]) -> None:
        self._vision = vision
        self._look_for_cancels = look_for_cancels
        maybe_set_recommended_wired_limit()  # as mlx-lm's batch does; Metal only
        self._numbers = itertools.count(1)
        if vision.eye is not None:
            vision.eye.between = self._between
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[_Waiting] = deque()
        self._current: _Waiting | None = None
        self._tokens: Tokens | None = None
        self._count = 0
        self._removed = self._computing = False

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        assert isinstance(prompt, VisionPrompt)
        added = [_Waiting(next(self._numbers), prompt, row) for row in rows]
        self._waiting.extend(added)
        return [one.number for one in added]

    @property
    def ready(self) -> bool:
        return not self._waiting

    def remove(self, rows: Iterable[int]) -> None:
        gone = set(rows)
        self._waiting = deque(one for one in self._waiting if one.number not in gone)
        if self._current is not None and self._current.number in gone:
            self._removed = True
            if not self._computing:
                self._end()

    def next(self) -> Turn:
        one = self._current
        if one is not None:
            return self._go_on(one)
        if self._waiting:
            self._current = one = self._waiting.popleft()
            return Turn([Filled(one.number, 0, len(one.prompt.tokens))], [], [])
        return Turn([], [], [])

    def restart(self) -> None:
        self._end()
        self._begin()

    def shed(self) -> None:
        if self._vision.eye is not None:
            self._vision.eye.forget()

    def _go_on(self, one: _Waiting) -> Turn:
        """The first step reads the whole prompt."""
        filled = []
        self._computing = True
        try:
            if self._tokens is None:
                token, logprobs = self._first(one)
                filled = [self._filled(one)]
            else:
                token, logprobs = next(self._tokens)
        except _Removed:
            self._end()
            return Turn([], [], [])
        except Exception as error:  # noqa: BLE001 - one odd prompt must not end those that wait
            self._end()
            return Turn([], [], [(one.number, error)])
        finally:
            self._computing = False
        self._count += 1
        finish = "length" if self._count >= one.row.max_tokens else None
        if token in self._vision.language.end_tokens:
            finish = "stop"
        if finish is not None or self._removed:
            self._end()
        return Turn(filled, [Sampled(one.number, token, logprobs, finish)], [])

    def _first(self, one: _Waiting) -> tuple[int, mx.array]:
        if self._vision.eye is not None:
            self._vision.eye.begin()
        self._tokens = self._generate(one)
        return next(self._tokens)

    def _filled(self, one: _Waiting) -> Filled:
        eye, total = self._vision.eye, len(one.prompt.tokens)
        known = eye.share_known(one.prompt.image_tokens) if eye is not None else 0
        return Filled(one.number, total, total, known)

    def _end(self) -> None:
        if self._tokens is not None:
            self._tokens.close()
        self._tokens, self._current = None, None
        self._count, self._removed = 0, False

    def _generate(self, one: _Waiting) -> Tokens:
        prompt, total = one.prompt, len(one.prompt.tokens)
        tokens: Tokens = generate_step(
            prompt.ids,
            self._vision.model,
            prompt.pixels,
            prompt.mask,
            max_tokens=one.row.max_tokens,
            sampler=one.row.sampler,
            logits_processors=[_float32, *_with_prompt(prompt.tokens, one.row.processors)],
            prefill_step_size=PREFILL_TOKENS,
            prompt_cache_checkpoint=lambda done, cache: self._between(),
            prompt_cache_checkpoint_lengths=list(range(PREFILL_TOKENS, total, PREFILL_TOKENS)),
            **prompt.inputs,
        )
        return tokens

    def _between(self) -> None:
        self._look_for_cancels()
        if self._removed:
            raise _Removed


def _float32(tokens: mx.array, logits: mx.array) -> mx.array:
    return logits.astype(mx.float32)


def _with_prompt(prompt: list[int], processors: Iterable[Processor]) -> list[Processor]:
    """Processors that see the whole prompt before what was generated, as in a batch: mlx-vlm shows
    them the part of it that it read last."""
    return [_Context(prompt, processor) for processor in processors]


class _Context:
    def __init__(self, prompt: list[int], processor: Processor) -> None:
        self._prompt = mx.array(prompt)
        self._processor = processor
        self._generated = 0

    def __call__(self, tokens: mx.array, logits: mx.array) -> mx.array:
        answer = tokens[tokens.size - self._generated :]
        self._generated += 1
        return self._processor(mx.concatenate([self._prompt, answer]), logits)
