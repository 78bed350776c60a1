"""Models whose sequences cannot share a forward pass: each has a cache of its own.

A turn is one step of each, in the order in which they came, and one chunk of one prompt, the first
that is not read yet: nobody waits for another's answer, but four that answer at once are each four
times as slow. `n` choices cost one prefill: the others start from copies of the leader's cache.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterable, Sequence

import mlx.core as mx
import mlx.nn as nn
import numpy as np
from mlx_lm.generate import generation_stream, maybe_set_recommended_wired_limit
from mlx_lm.models.cache import make_prompt_cache

from mlx_jupyter.worker.batch import Filled, Known, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.kv import KV
from mlx_jupyter.worker.prompt_cache import PromptCache
from mlx_jupyter.worker.writer import Quantizer, Writer

__all__ = ["OneByOne"]

Rows = dict[int, Row]


class OneByOne:
    """At most `max_batch` sequences at once; others wait. `quantize` is done to a sequence's keys
    and values after every call of the model."""

    def __init__(
        self,
        model: nn.Module,
        end_tokens: Iterable[int],
        max_batch: int,
        quantize: Quantizer,
        prompt_cache: PromptCache,
    ) -> None:
        self._model = model
        self._end_tokens = frozenset(end_tokens)
        self._max_batch = max_batch
        self._quantize = quantize
        self._prompt_cache = prompt_cache
        self._numbers = itertools.count(1)
        maybe_set_recommended_wired_limit()  # as mlx-lm's batch does; Metal only
        self._begin()

    def _begin(self) -> None:
        self._waiting: deque[tuple[Prompt, Rows]] = deque()
        self._reading: tuple[Writer, Rows] | None = None
        self._writing: dict[int, Writer] = {}
        self._known: list[Known] = []

    @property
    def ready(self) -> bool:
        return True

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        numbered = {next(self._numbers): row for row in rows}
        self._waiting.append((prompt, numbered))
        return list(numbered)

    def take(self, row: int) -> KV:
        """The keys and values of a row that has written, which leaves: of its prompt and all it has
        said but the last token."""
        return self._writing.pop(row).all_but_the_last()

    def take_back(self, row: int, rest: Row, tokens: list[int], kv: KV) -> None:
        """A row that was taken; meanwhile its tokens have become more."""
        known = len(tokens) - 1
        self._writing[row] = Writer(self._model, self._quantize, tokens, rest, kv, known)

    def keep(self, tokens: list[int], kv: KV) -> None:
        """Of a row that was taken and has ended: `kv` is of all tokens but the last."""
        self._prompt_cache.put(np.array(tokens[:-1], np.int32), kv)

    def remove(self, rows: Iterable[int]) -> None:
        for row in rows:
            if row in self._writing:
                self._end(self._writing.pop(row))
            for _, others in self._waiting:
                others.pop(row, None)
            if self._reading is not None:
                self._reading[1].pop(row, None)
        self._waiting = deque(one for one in self._waiting if one[1])
        if self._reading is not None and not self._reading[1]:
            self._end(self._reading[0])
            self._reading = None

    def next(self) -> Turn:
        self._prompt_cache.settle(1)
        with mx.stream(generation_stream):
            sampled = [self._write(number) for number in list(self._writing)]
            filled = self._read()
        known, self._known = self._known, []
        return Turn(filled, sampled, [], known)

    def restart(self) -> None:
        self._prompt_cache.forget_unsettled()
        self._begin()

    def shed(self) -> None:
        """The prompt cache is shed by the engine."""

    def _write(self, number: int) -> Sampled:
        writer = self._writing[number]
        token, logprobs, last = writer.write()
        finish = "length" if last else None
        if token in self._end_tokens:
            finish = "stop"
        if finish is not None:
            self._end(self._writing.pop(number))
        return Sampled(number, token, logprobs, finish)

    def _end(self, writer: Writer) -> None:
        tokens, kv = writer.end()
        self._prompt_cache.put(np.array(tokens, np.int32), kv)

    def _read(self) -> list[Filled]:
        if self._reading is None and self._waiting and self._places:
            self._reading = self._first(*self._waiting.popleft())
        if self._reading is None:
            return []
        writer, rows = self._reading
        if writer.reads:
            writer.read()
        filled = [Filled(number, writer.held + (not writer.reads), writer.size) for number in rows]
        if not writer.reads:
            self._spread(writer, rows)
        return filled

    @property
    def _places(self) -> int:
        return self._max_batch - len(self._writing)

    def _first(self, prompt: Prompt, rows: Rows) -> tuple[Writer, Rows]:
        taken = self._prompt_cache.take(np.array(prompt.tokens, np.int32))
        kv, known = taken if taken is not None else (make_prompt_cache(self._model), 0)
        self._known += [Known(number, known) for number in rows]
        row = next(iter(rows.values()))
        return Writer(self._model, self._quantize, prompt.tokens, row, kv, known), rows

    def _spread(self, writer: Writer, rows: Rows) -> None:
        """A writer that has read its prompt, to the rows that want an answer to it, as far as there
        are places. What is left of them may not be whom it began with."""
        for number in list(rows)[: self._places]:
            row = rows.pop(number)
            self._writing[number] = writer.fork(row) if rows else writer.hand_over(row)
        if not rows:
            self._reading = None
