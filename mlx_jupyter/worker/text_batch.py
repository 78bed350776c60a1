"""Requests join and leave what runs (mlx-lm's `BatchGenerator`, in `lanes`).

Prompts that come together and are of like lengths are read together: in two halves, the second
half's first tokens would come twice as late. But what they have in common is read once
(`prefixes`): of the `n` choices of a request all but the last token; and what was read or written
before is not read again (`prompt_cache`).

Rows wait here, not in mlx-lm's queue, until there is a place: what is known of a prompt is best
looked up as late as possible.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from mlx_lm.generate import GenerationBatch, PromptProcessingBatch

from mlx_jupyter.worker.batch import PREFILL_TOKENS, Filled, Known, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.kv import KV, compact, cut, settle, uncut, usable
from mlx_jupyter.worker.lanes import Lanes
from mlx_jupyter.worker.line import Line
from mlx_jupyter.worker.prefixes import LEAST_TOKENS, Begin, plan
from mlx_jupyter.worker.prompt_cache import PromptCache

__all__ = ["TextBatch"]

SETTLE_BYTES = 16 * 2**20
"""A turn: two milliseconds of copying, which no stream notices."""


class TextBatch:
    """`reach` is that of the model's caches (`kv.reach`)."""

    def __init__(
        self,
        model: object,
        end_tokens: Iterable[int],
        max_batch: int,
        prompt_cache: PromptCache | None = None,
        reach: float = 0,
    ) -> None:
        self._model = model
        self._end_tokens = list(end_tokens)
        self._max_batch = max_batch
        self._prompt_cache = prompt_cache or PromptCache(0)
        self._reach = reach
        self._numbers = itertools.count(1)
        self._begin()

    def _begin(self) -> None:
        self._waiting: dict[int, Line] = {}
        self._live: dict[int, Line] = {}
        """By mlx-lm's number."""
        self._uids: dict[int, int] = {}
        self._known: list[Known] = []
        self._batch = Lanes(self._model, self._end_tokens, self._max_batch, PREFILL_TOKENS)

    @property
    def ready(self) -> bool:
        return True

    @property
    def decoding(self) -> bool:
        return bool(self._live)

    def number(self) -> int:
        """For a row that comes later, by `follow`."""
        return next(self._numbers)

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        tokens = np.array(prompt.tokens, np.int32)
        lines = [Line(self.number(), tokens, row, prompt.partings) for row in rows]
        self._waiting |= {line.number: line for line in lines}
        return [line.number for line in lines]

    def follow(self, prompt: Prompt, rows: Mapping[int, Row], cache: KV) -> None:
        """As `add`, for numbered rows whose `cache` holds all of the prompt but its last token, and
        more than its tokens say: it is nobody else's."""
        tokens = np.array(prompt.tokens, np.int32)
        for number, row in rows.items():
            line = Line(number, tokens, row, known=len(tokens) - 1, kv=cache, alone=True)
            self._waiting[number] = line

    def take(self, row: int) -> KV:
        """The keys and values of a row that has written, which leaves: of its prompt and all it has
        said but the last token."""
        uid = self._uids.pop(row)
        del self._live[uid]
        kv, _ = self._batch.remove([uid], return_prompt_caches=True)[uid]
        return cut(kv, 1)

    def take_back(self, row: int, rest: Row, tokens: list[int], kv: KV) -> None:
        """A row that was taken; meanwhile its tokens have become more."""
        line = Line(row, np.array(tokens, np.int32), rest, known=len(tokens) - 1, kv=kv)
        line.looked_up = line.returns = True
        self._waiting[row] = line

    def keep(self, tokens: list[int], kv: KV) -> None:
        """Of a row that was taken and has ended: `kv` is of all tokens but the last."""
        self._prompt_cache.put(np.array(tokens[:-1], np.int32), kv)

    def remove(self, rows: Iterable[int]) -> None:
        numbers = set(rows)
        for number in numbers:
            self._waiting.pop(number, None)
        uids = [self._uids.pop(number) for number in numbers if number in self._uids]
        lines = {uid: self._live.pop(uid) for uid in uids}
        worth = [uid for uid, line in lines.items() if line.read > line.known and self._keeps(line)]
        if worth:
            self._let_go()
        taken = self._batch.extract_cache(worth) if worth else {}
        self._batch.remove(uids)
        for kv, tokens in taken.values():
            self._keep(kv, tokens)

    def next(self) -> Turn:
        self._prompt_cache.settle(SETTLE_BYTES)
        self._prompt_cache.read_on(SETTLE_BYTES)
        self._admit()
        if not self._live:
            return Turn([], [], [])
        prompts, tokens = self._batch.next()
        if any(one.finish_reason for one in tokens):
            self._let_go()
        filled = [report for prompt in prompts if (report := self._filled(prompt))]
        known, self._known = self._known, []
        return Turn(filled, [self._sampled(one) for one in tokens], [], known)

    def restart(self) -> None:
        # Closed first: closing sets back the wired limit of Metal that a new one raises.
        self._batch.close()
        self._prompt_cache.forget_unsettled()
        self._begin()

    def shed(self) -> None:
        """The prompt cache is shed by the engine."""

    def _admit(self) -> None:
        places = self._max_batch - len(self._live)
        if not self._waiting or not places:
            return
        lines = list(itertools.islice(filter(self._look_up, self._waiting.values()), places))
        sharing = [line.waiter() for line in lines if not line.alone]
        readers = [line.reader(self._reach) for line in self._live.values() if not line.alone]
        decisions = plan(sharing, readers, self._reach)
        begins = {one.number: one for one in decisions if isinstance(one, Begin)}
        copies: dict[int, tuple[KV, int]] = {}
        for line in lines:
            begin = Begin(line.number) if line.alone else begins.get(line.number)
            if begin is not None:
                self._fork(line, begin, copies)
                self._insert(line, begin.stops)

    def _look_up(self, line: Line) -> bool:
        """False where a file is still being read, so that those who decode need not wait."""
        if line.looked_up or line.alone:
            return True
        if self._live and not self._prompt_cache.fetched(line.tokens):
            return False
        line.looked_up = True
        taken = self._prompt_cache.take(line.tokens)
        if taken is not None and taken.tokens > line.known:
            line.kv, line.known = taken
        return True

    def _fork(self, line: Line, begin: Begin, copies: dict[int, tuple[KV, int]]) -> None:
        """Gives the line a copy of what its reader has read."""
        if begin.reader is None:
            return
        if begin.reader not in copies:
            uid = self._uids[begin.reader]
            kv, tokens = self._batch.extract_cache([uid])[uid]
            settle(compact(kv))  # at once: mlx-lm goes on to write into what it is taken from
            copies[begin.reader] = kv, len(tokens)
        kv, read = copies[begin.reader]
        extra = read - begin.tokens
        line.kv, line.known = (cut(kv, extra) if extra else uncut(kv)), begin.tokens

    def _insert(self, line: Line, stops: Iterable[int]) -> None:
        del self._waiting[line.number]
        kv, line.kv = line.kv, None
        uid = self._batch.insert(
            line.segments(stops),
            line.row.max_tokens,
            cache=kv,
            known=line.tokens[: line.known].tolist(),
            sampler=line.row.sampler,
            processors=list(line.row.processors),
        )
        self._live[uid], self._uids[line.number] = line, uid
        if not line.returns:
            self._known.append(Known(line.number, line.known))

    def _filled(self, prompt: PromptProcessingBatch.Response) -> Filled | None:
        line = self._live[prompt.uid]
        if prompt.end_of_prompt:
            line.read = len(line.tokens)
            return None
        line.read = line.known + prompt.progress[0]
        cuttable = math.isinf(self._reach)
        if not cuttable and line.pauses and self._prompt_cache.open and self._keeps(line):
            kv, _ = self._batch.extract_cache([prompt.uid])[prompt.uid]
            self._prompt_cache.put(line.tokens[: line.read], kv)
            self._prompt_cache.settle()
        return Filled(line.number, line.read, len(line.tokens))

    def _sampled(self, one: GenerationBatch.Response) -> Sampled:
        line = self._live[one.uid]
        line.read += 1
        if one.finish_reason is not None:
            del self._live[one.uid], self._uids[line.number]
            if self._keeps(line):
                self._keep(one.prompt_cache, one.all_tokens)
        return Sampled(line.number, one.token, one.logprobs, one.finish_reason)

    def _let_go(self) -> None:
        """What was put before, and is not made yet, holds the whole batch as it was then: of rows
        that end one after the other there would be as many batches."""
        self._prompt_cache.settle()

    def _keeps(self, line: Line) -> bool:
        """Nothing of a row that failed, and nothing where nobody could have it."""
        wanted = self._prompt_cache.open or self._waiting
        whole = all(one.error is None for one in line.row.processors)
        return bool(wanted) and whole and not line.alone

    def _keep(self, kv: Any, read: Any) -> None:
        """For the next prompt that begins so; and for those that wait, if it was their reader."""
        tokens = np.array(read, np.int32)
        for line in self._waiting.values():
            known = 0 if line.alone else usable(kv, tokens, line.tokens)
            if known >= line.known + LEAST_TOKENS:
                settle(compact(kv))  # the line may wait for long, and would hold the whole batch
                extra = len(tokens) - known
                line.kv, line.known = (cut(kv, extra) if extra else uncut(kv)), known
        self._prompt_cache.put(tokens, kv)
