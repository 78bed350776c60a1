"""A batch whose only row is written ahead by a draft.

While one answer is written alone, its forward passes leave the device idle, and a draft gains. As
soon as another request comes, the row goes back: rows that share their passes are faster than rows
that are drafted one by one. Prompts are always the batch's, so that what it knows of them counts;
meanwhile the draft reads the prompt beside it, a chunk a turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.generate import generation_stream

from mlx_jupyter.worker.batch import Batch, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.draft import Draft
from mlx_jupyter.worker.kv import KV
from mlx_jupyter.worker.speculation import Speculation, can_be_drafted

__all__ = ["Drafted", "Lending"]


class Lending(Batch, Protocol):
    """`take` gives the keys and values of a row that has written, and forgets it: of its prompt and
    all that it has said but the last token. `take_back` lets it go on, as `rest` says; of one that
    has ended `keep` takes the keys and values, of all `tokens` but the last."""

    def take(self, row: int) -> KV: ...
    def take_back(self, row: int, rest: Row, tokens: list[int], kv: KV) -> None: ...
    def keep(self, tokens: list[int], kv: KV) -> None: ...


@dataclass
class _Known:
    """A row of which `tokens` are known, `written` of them its own."""

    row: Row
    tokens: list[int]
    drafted: bool
    written: int = 0


class Drafted:
    def __init__(
        self, batch: Lending, model: nn.Module, draft: Draft, end_tokens: Iterable[int]
    ) -> None:
        self._batch = batch
        self._model = model
        self._draft = draft
        self._end_tokens = frozenset(end_tokens)
        self._rows: dict[int, _Known] = {}
        self._alone: Speculation | None = None
        """Of the only row there is, while the draft writes it ahead."""

    @property
    def ready(self) -> bool:
        return self._batch.ready

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        self._give_back()
        numbers = self._batch.add(prompt, rows)
        for number, row in zip(numbers, rows, strict=True):
            self._rows[number] = _Known(row, list(prompt.tokens), can_be_drafted(row))
        return numbers

    def remove(self, rows: Iterable[int]) -> None:
        gone = set(rows)
        self._batch.remove(gone)
        if gone & self._rows.keys():
            self._end()
        for row in gone:
            self._rows.pop(row, None)

    def next(self) -> Turn:
        if self._alone is not None:
            with mx.stream(generation_stream):
                return self._go_on(self._alone)
        turn = self._batch.next()
        for one in turn.sampled:
            self._note(one)
        for row, _ in turn.broken:
            self._rows.pop(row, None)
        self._look_for_one_alone()
        return turn

    def restart(self) -> None:
        self._batch.restart()
        self._draft.forget()
        self._rows, self._alone = {}, None

    def shed(self) -> None:
        self._batch.shed()
        if self._alone is None:
            self._draft.forget()

    def _note(self, one: Sampled) -> None:
        if one.finish is not None:
            del self._rows[one.row]
        else:
            known = self._rows[one.row]
            known.tokens.append(one.token)
            known.written += 1

    def _look_for_one_alone(self) -> None:
        if len(self._rows) != 1:
            return
        ((number, known),) = self._rows.items()
        if not (known.drafted and known.written):
            return
        with mx.stream(generation_stream):
            if self._draft.read(known.tokens):
                caches = self._batch.take(number)
                self._alone = Speculation(
                    self._model, self._draft, known.row, known.tokens, known.written, caches
                )

    def _go_on(self, alone: Speculation) -> Turn:
        ((number, known),) = self._rows.items()
        done = alone.next()
        sampled: list[Sampled] = []
        for at, token in enumerate(done.tokens):
            known.written += 1
            finish = self._finish(token, known)
            rejected = done.rejected if at == len(done.tokens) - 1 else 0
            logprobs = done.logprobs[at]
            sampled.append(Sampled(number, token, logprobs, finish, at < done.accepted, rejected))
            if finish is not None:
                del self._rows[number]
                self._end()
                return Turn([], sampled, [])
        if not alone.pays:
            known.drafted = False
            self._give_back()
        return Turn([], sampled, [])

    def _finish(self, token: int, known: _Known) -> str | None:
        if token in self._end_tokens:
            return "stop"
        return "length" if known.written == known.row.max_tokens else None

    def _end(self) -> None:
        if self._alone is not None:
            tokens, _, caches = self._alone.end()
            self._batch.keep(tokens, caches)
            self._alone = None

    def _give_back(self) -> None:
        if self._alone is None:
            return
        ((number, known),) = self._rows.items()
        known.tokens, rest, caches = self._alone.end()
        self._batch.take_back(number, rest, known.tokens, caches)
        self._alone = None
