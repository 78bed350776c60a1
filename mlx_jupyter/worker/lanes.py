"""mlx-lm's batch, as several beside each other: one for each length of sequences.

In one batch every sequence is padded to the longest. A prompt of 4,000 tokens that joins four short
streams would have their keys and values copied into rows of 4,000 (a gap of 9 steps), and from then
on every step of theirs would look at 4,000 positions (4 times as slow; 60M model on 2 cores). So a
sequence joins only a lane of its like, and a step is one of each lane. On a chip with much faster
memory the copies cost less; the padding costs the same share.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from mlx_lm.generate import BatchGenerator, GenerationBatch, PromptProcessingBatch

from mlx_jupyter.worker.alike import all_alike, whole_pieces
from mlx_jupyter.worker.kv import uncopied
from mlx_jupyter.worker.prefill_pace import PrefillPace
from mlx_jupyter.worker.rota import Rota

__all__ = ["Lanes"]


@dataclass
class _Row:
    """A sequence in a lane: all its tokens so far, and the pieces of its prompt that are still to
    read. mlx-lm reads the last token apart."""

    uid: int
    tokens: int
    pieces: deque[int]
    read: int = 0

    @property
    def reading(self) -> bool:
        return bool(self.pieces)

    def advance(self, tokens: int) -> None:
        """So many have been read by now, of this prompt."""
        fresh, self.read = tokens - self.read, tokens
        while fresh and self.pieces:
            taken = min(fresh, self.pieces[0])
            fresh -= taken
            self.pieces[0] -= taken
            if not self.pieces[0]:
                self.pieces.popleft()


@dataclass(eq=False)
class _Lane:
    batch: BatchGenerator
    rows: dict[int, _Row] = field(default_factory=dict)
    """By the batch's own uid."""

    @property
    def lengths(self) -> list[int]:
        return [row.tokens for row in self.rows.values()]

    @property
    def heads(self) -> list[int]:
        """What there is to read next; mlx-lm reads last tokens at once."""
        return [row.pieces[0] for row in self.rows.values() if len(row.pieces) > 1]


class Lanes:
    """Used as one `BatchGenerator` is, a sequence at a time, with uids of its own."""

    def __init__(
        self, model: object, end_tokens: Iterable[int], max_batch: int, prefill_tokens: int
    ) -> None:
        self._model = model
        self._end_tokens = [[token] for token in end_tokens]
        self._max_batch = max_batch
        self._prefill_tokens = prefill_tokens
        self._pace = PrefillPace(prefill_tokens)
        self._rota: Rota[_Lane] = Rota()
        self._uids = itertools.count()
        # The first raises the wired limit of Metal, and is closed last: closing sets it back.
        self._lanes = [self._lane()]

    def _lane(self) -> _Lane:
        return _Lane(
            BatchGenerator(
                self._model,
                stop_tokens=self._end_tokens,
                completion_batch_size=self._max_batch,
                prefill_batch_size=self._max_batch,
                prefill_step_size=self._prefill_tokens,
            )
        )

    def insert(
        self,
        segments: list[list[int]],
        max_tokens: int,
        cache: Any,
        known: list[int],
        sampler: Any,
        processors: list[Any],
    ) -> int:
        """The uid of one more sequence; more than `max_batch` at once are the caller's mistake."""
        pieces = deque(len(segment) for segment in segments if segment)
        tokens = len(known) + sum(pieces)
        if pieces[-1] > 1:  # the last token is a piece of its own
            pieces[-1] -= 1
            pieces.append(1)
        lane = self._lane_for(tokens)
        (inner,) = lane.batch.insert_segments(
            [segments],
            [max_tokens],
            caches=[uncopied(cache)] if cache else None,
            all_tokens=[list(known)],
            samplers=[sampler],
            logits_processors=[processors],
        )
        uid = next(self._uids)
        lane.rows[inner] = _Row(uid, tokens, pieces)
        return uid

    def next(self) -> tuple[list[PromptProcessingBatch.Response], list[GenerationBatch.Response]]:
        """A step of every lane."""
        lanes = [lane for lane in self._lanes if lane.rows]
        decoding = any(not row.reading for lane in lanes for row in lane.rows.values())
        readers = self._readers(lanes, decoding)
        heads = [head for lane in readers for head in lane.heads]
        wished = self._pace.tokens(len(heads), decoding=decoding)
        chunk = whole_pieces(wished, heads) if wished else 0
        started, prompt_tokens = time.perf_counter(), 0
        prompts: list[PromptProcessingBatch.Response] = []
        tokens: list[GenerationBatch.Response] = []
        for lane in lanes:
            lane.batch.prefill_step_size = chunk if lane in readers else 0
            filled, sampled = lane.batch.next()
            for one in filled:
                read = _read(lane, one)
                prompt_tokens += read
                prompts += [_renamed(lane, one)] if read else []
            tokens += [_written(lane, one) for one in sampled]
        ended = any(one.end_of_prompt for one in prompts)
        seconds = time.perf_counter() - started
        self._pace.observe(seconds, prompt_tokens, decoding=decoding, ended=ended)
        self._close_empty()
        return prompts, tokens

    def _readers(self, lanes: list[_Lane], decoding: bool) -> list[_Lane]:
        """Those that read in this step: beside sequences that decode one at a time (`rota`)."""
        prompts = {lane: len(lane.heads) for lane in lanes if lane.heads}
        if not decoding:
            return list(prompts)
        turn = self._rota.next(prompts)
        return [turn] if turn else []

    def remove(
        self, uids: Iterable[int], return_prompt_caches: bool = False
    ) -> dict[int, tuple[list[Any], list[int]]]:
        gone = set(uids)
        caches = self.extract_cache(gone) if return_prompt_caches else {}
        for lane in self._lanes:
            inner = [uid for uid, row in lane.rows.items() if row.uid in gone]
            lane.batch.remove(inner)
            for uid in inner:
                del lane.rows[uid]
        self._close_empty()
        return caches

    def extract_cache(self, uids: Iterable[int]) -> dict[int, tuple[list[Any], list[int]]]:
        """The cache of each, and the tokens that are in it."""
        wanted = set(uids)
        found = {}
        for lane in self._lanes:
            names = {uid: row.uid for uid, row in lane.rows.items() if row.uid in wanted}
            for uid, (cache, tokens) in lane.batch.extract_cache(list(names)).items():
                found[names[uid]] = cache, tokens
        return found

    def close(self) -> None:
        for lane in reversed(self._lanes):
            lane.batch.close()

    def _lane_for(self, tokens: int) -> _Lane:
        fitting = [lane for lane in self._lanes if lane.rows and all_alike([tokens, *lane.lengths])]
        if fitting:
            return min(fitting, key=lambda lane: abs(max(lane.lengths) - tokens))
        empty = next((lane for lane in self._lanes if not lane.rows), None)
        if empty is None:
            empty = self._lane()
            self._lanes.append(empty)
        return empty

    def _close_empty(self) -> None:
        first, *others = self._lanes
        for lane in others:
            if not lane.rows:
                lane.batch.close()
        self._lanes = [first, *(lane for lane in others if lane.rows)]


def _read(lane: _Lane, response: PromptProcessingBatch.Response) -> int:
    """How many tokens of the prompt were read in this step."""
    row = lane.rows[response.uid]
    done, total = response.progress
    before = row.read
    row.advance(total if response.end_of_prompt else done)
    return row.read - before


def _renamed(
    lane: _Lane, response: PromptProcessingBatch.Response
) -> PromptProcessingBatch.Response:
    response.uid = lane.rows[response.uid].uid
    return response


def _written(lane: _Lane, response: GenerationBatch.Response) -> GenerationBatch.Response:
    inner = response.uid
    row = lane.rows[inner]
    row.tokens += 1
    response.uid = row.uid
    if response.finish_reason is not None:
        del lane.rows[inner]
    return response
