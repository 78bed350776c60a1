"""Models whose sequences cannot share a forward pass: each has a cache of its own.

A turn is one step of each, in the order in which they came, and one chunk of one prompt, the first
that is not read yet: nobody waits for another's answer, but four that answer at once are each four
times as slow. `n` choices cost one prefill: the others start from copies of the leader's cache.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.generate import generation_stream, maybe_set_recommended_wired_limit
from mlx_lm.models.cache import make_prompt_cache

from mlx_jupyter.worker.batch import Filled, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.writer import Writer

__all__ = ["OneByOne"]

Rows = dict[int, Row]


class OneByOne:
    """At most `max_batch` sequences at once; others wait. `settle` is done to a sequence's caches
    after every call of the model."""

    def __init__(
        self,
        model: nn.Module,
        end_tokens: Iterable[int],
        max_batch: int,
        settle: Callable[[list[Any]], None],
    ) -> None:
        self._model = model
        self._end_tokens = frozenset(end_tokens)
        self._max_batch = max_batch
        self._settle = settle
        self._numbers = itertools.count(1)
        maybe_set_recommended_wired_limit()  # as mlx-lm's batch does; Metal only
        self.restart()

    @property
    def ready(self) -> bool:
        return True

    def restart(self) -> None:
        self._waiting: deque[tuple[Prompt, Rows]] = deque()
        self._reading: tuple[Writer, Prompt, Rows] | None = None
        self._writing: dict[int, tuple[Writer, int]] = {}
        """By row: its writer, and how many tokens it may still write."""

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        numbered = {next(self._numbers): row for row in rows}
        self._waiting.append((prompt, numbered))
        return list(numbered)

    def follow(self, prompt: Prompt, rows: Mapping[int, Row], cache: list[Any]) -> None:
        """As `add`, for numbered rows whose `cache` holds all of the prompt but its last token."""
        known = len(prompt.tokens) - 1
        ((number, row),) = rows.items()
        writer = Writer(self._model, self._settle, prompt.tokens, row, cache, known)
        self._writing[number] = writer, row.max_tokens

    def take(self, row: int) -> list[Any]:
        """The caches of a row that writes, which leaves: they hold all but its last token."""
        writer, _ = self._writing.pop(row)
        return writer.take_caches()

    def keep(self, tokens: list[int], cache: list[Any]) -> None:
        """Nothing is kept of a row that has ended."""

    def remove(self, rows: Iterable[int]) -> None:
        for row in rows:
            self._writing.pop(row, None)
            for _, others in self._waiting:
                others.pop(row, None)
            if self._reading is not None:
                self._reading[2].pop(row, None)
        self._waiting = deque(one for one in self._waiting if one[1])
        if self._reading is not None and not self._reading[2]:
            self._reading = None

    def next(self) -> Turn:
        with mx.stream(generation_stream):
            sampled = [self._write(number) for number in list(self._writing)]
            return Turn(self._read(), sampled, [])

    def shed(self) -> None:
        """There is nothing here that is kept only for speed."""

    def _write(self, number: int) -> Sampled:
        writer, left = self._writing[number]
        token, logprobs = writer.write()
        finish = "length" if left == 1 else None
        if token in self._end_tokens:
            finish = "stop"
        self._writing[number] = writer, left - 1
        if finish is not None:
            del self._writing[number]
        return Sampled(number, token, logprobs, finish)

    def _read(self) -> list[Filled]:
        if self._reading is None:
            self._begin()
        if self._reading is None:
            return []
        writer, prompt, rows = self._reading
        if writer.reads:
            writer.read()
        if not writer.reads:
            self._reading = None
            self._spread(writer, rows)
        total = len(prompt.tokens)
        done = writer.read_tokens if writer.reads else total
        return [Filled(number, done, total) for number in rows]

    def _begin(self) -> None:
        if not self._waiting or len(self._writing) >= self._max_batch:
            return
        prompt, rows = self._waiting.popleft()
        first = next(iter(rows.values()))
        caches = make_prompt_cache(self._model)
        writer = Writer(self._model, self._settle, prompt.tokens, first, caches)
        self._reading = writer, prompt, rows

    def _spread(self, writer: Writer, rows: Rows) -> None:
        """A writer that has read its prompt, to the rows that want an answer to it: what is left of
        them may not be whom it began with."""
        *others, (last, last_row) = rows.items()
        for number, row in others:
            self._writing[number] = writer.fork(row), row.max_tokens
        self._writing[last] = writer.hand_over(last_row), last_row.max_tokens
