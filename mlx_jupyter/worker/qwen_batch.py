"""Qwen-VL: prompts with pictures are read one at a time, and decoded together.

The prefill is ours: mlx-lm's batch knows no embeddings. Once a prompt is read, mlx-lm's batch goes
on from its cache with the last token, which is a text token, and from there on these models are
text models, save for one thing. Their positions (M-RoPE, arXiv:2409.12191) are fewer than their
tokens, for a picture takes as many positions as its longer side has patches; the difference is each
sequence's own. It rides along as one more cache, an `ArraysCache` with one number a row, so that it
joins, moves and leaves with its row.

Beside rows that decode, prompts are read at their pace (`prefill_pace`; a picture is one step), a
few of them by turns: a short one need not wait for the end of a long one.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.cache import ArraysCache
from mlx_vlm.models.cache import make_prompt_cache

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Filled, Prompt, Row, Turn
from mlx_jupyter.worker.eye import Eye
from mlx_jupyter.worker.prefill_pace import PrefillPace
from mlx_jupyter.worker.text_batch import TextBatch
from mlx_jupyter.worker.vision_loading import VisionModel
from mlx_jupyter.worker.vision_prompt import VisionPrompt

__all__ = ["QwenBatch"]

MOST_READINGS = 4
"""By turns: each holds its pixels and embeddings."""


class _Decoder:
    """The language model as mlx-lm's batch calls it; the last of the caches holds the offsets of
    positions."""

    def __init__(self, language_model: nn.Module) -> None:
        self._model = language_model

    def __call__(self, inputs: mx.array, cache: list[Any]) -> mx.array:
        *kv, offsets = cache
        start = (kv[0].offset + offsets[0][:, 0])[:, None]
        positions = start + mx.arange(inputs.shape[1])[None]
        positions = mx.broadcast_to(positions[None], (3, *inputs.shape))
        return self._model(inputs, cache=kv, position_ids=positions).logits.astype(mx.float32)


@dataclass(eq=False)
class _Reading:
    """A prompt on its way into the batch; `seen` when its pictures are encoded."""

    prompt: VisionPrompt
    rows: list[int]
    choices: dict[int, Row]
    seen: bool = False
    steps: Generator[Filled, None, None] | None = None

    def close(self) -> None:
        """The steps know this reading, and it them: left to a collection of cycles, pixels, caches
        and embeddings would stay for as long as Python has few objects to collect."""
        if self.steps is not None:
            self.steps.close()
            self.steps = None


class QwenBatch:
    def __init__(self, vision: VisionModel, max_batch: int) -> None:
        assert vision.eye is not None
        self._model, self._eye = vision.model, vision.eye
        decoder = _Decoder(self._model.language_model)
        self._decoding = TextBatch(decoder, vision.language.end_tokens, max_batch)
        self._pace = PrefillPace(PREFILL_TOKENS)
        self._chunk_tokens = PREFILL_TOKENS
        self._took_tokens: int | None = 0
        """Of the prompt in this turn; None for a turn that did something else with it."""
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[_Reading] = deque()
        self._begun: deque[_Reading] = deque()

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        assert isinstance(prompt, VisionPrompt)
        numbers = [self._decoding.number() for _ in rows]
        choices = dict(zip(numbers, rows, strict=True))
        reading = _Reading(prompt, numbers, choices)
        reading.steps = self._read(reading)
        self._waiting.append(reading)
        return numbers

    def remove(self, rows: Iterable[int]) -> None:
        gone = set(rows)
        self._decoding.remove(gone)
        for reading in [*self._begun, *self._waiting]:
            reading.choices = {n: row for n, row in reading.choices.items() if n not in gone}
            if not reading.choices:
                reading.close()
        self._waiting = deque(one for one in self._waiting if one.choices)
        self._begun = deque(one for one in self._begun if one.choices)

    @property
    def ready(self) -> bool:
        return not self._waiting

    def next(self) -> Turn:
        """A piece of the prompt whose turn it is, and a token of all that decode."""
        started, decoding = time.perf_counter(), self._decoding.decoding
        self._chunk_tokens, self._took_tokens = self._pace.tokens(1, decoding=decoding), 0
        filled, broken = self._go_on() if self._chunk_tokens else ([], [])
        sampled = self._decoding.next().sampled
        if self._took_tokens is not None:
            seconds = time.perf_counter() - started
            ended = any(one.done_tokens == one.total_tokens for one in filled)
            self._pace.observe(seconds, self._took_tokens, decoding=decoding, ended=ended)
        return Turn(filled, sampled, broken)

    def _go_on(self) -> tuple[list[Filled], list[tuple[int, Exception]]]:
        reading = self._whose_turn()
        if reading is None or reading.steps is None:
            return [], []
        self._took_tokens = None
        try:
            filled = next(reading.steps, None)
        except Exception as error:  # noqa: BLE001 - one odd prompt must not end the others
            self._drop(reading)
            return [], [(row, error) for row in reading.choices]
        if filled is None:
            self._drop(reading)
        return [filled] if filled else [], []

    def _whose_turn(self) -> _Reading | None:
        """The eye counts for one prompt at a time. With nobody decoding the first is read to its
        end: all would be answered as late as the last."""
        room = len(self._begun) < MOST_READINGS and all(one.seen for one in self._begun)
        if self._waiting and room:
            self._begun.append(self._waiting.popleft())
        if self._decoding.decoding:
            self._begun.rotate(-1)
        return self._begun[0] if self._begun else None

    def _drop(self, reading: _Reading) -> None:
        self._begun.remove(reading)
        reading.close()

    def restart(self) -> None:
        for reading in [*self._begun, *self._waiting]:
            reading.close()
        self._decoding.restart()
        self._begin()

    def shed(self) -> None:
        self._eye.forget()

    def _read(self, reading: _Reading) -> Generator[Filled, None, None]:
        """Each step encodes one picture, puts their features among the words', or reads one chunk;
        the first only says that it begins."""
        prompt, total = reading.prompt, len(reading.prompt.tokens)
        nothing_yet = Filled(reading.rows[0], 0, total)
        yield nothing_yet
        yield from (nothing_yet for _ in _encoded(self._eye, prompt))
        known, reading.seen = self._eye.share_known(prompt.image_tokens), True
        embedded = self._model.get_input_embeddings(
            prompt.ids, prompt.pixels, mask=prompt.mask, **prompt.inputs
        )
        found = {name: value for name, value in embedded.to_dict().items() if value is not None}
        inputs = found.pop("inputs_embeds")
        mx.eval(inputs)
        yield nothing_yet
        kv = make_prompt_cache(self._model.language_model)
        end = 0
        while end < total - 1:
            start, end = end, min(end + self._chunk_tokens, total - 1)
            self._model.language_model(
                prompt.ids[:, start:end],
                inputs_embeds=inputs[:, start:end],
                cache=kv,
                n_to_process=end - start,
                **found,
            )
            mx.eval([cache.state for cache in kv])
            mx.clear_cache()
            self._took_tokens = end - start
            if end < total - 1:
                yield Filled(reading.rows[0], end, total, known)
        offset = ArraysCache(1)
        offset[0] = mx.array(found["rope_deltas"]).reshape(1, 1).astype(mx.int32)
        self._decoding.follow(prompt, reading.choices, [*kv, offset])
        yield Filled(reading.rows[0], total, total, known)


def _encoded(eye: Eye, prompt: VisionPrompt) -> Iterator[None]:
    """Has the eye look at one picture a step; afterwards it remembers them all."""
    eye.begin()
    if prompt.pixels is not None:
        dtype = eye.patch_embed.proj.weight.dtype
        yield from eye.encode(prompt.pixels.astype(dtype), prompt.inputs["image_grid_thw"])
