"""Text: requests join and leave one running batch (mlx-lm's `BatchGenerator`).

The prefill of a whole wave runs together (`prefill_batch_size` = `max_batch`): in two halves, the
second half's first tokens would come twice as late.

`n` choices cost one prefill: the leader's cache is taken when only its last prompt token is left,
and the others start from copies of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mlx_lm.generate import BatchGenerator, PromptProcessingBatch

from mlx_jupyter.errors import WrongKind
from mlx_jupyter.messages import Generate, Load, Picture
from mlx_jupyter.worker.batch import PREFILL_TOKENS, Filled, Prompt, Row, Sampled, Turn
from mlx_jupyter.worker.engine import Engine
from mlx_jupyter.worker.generation import GenerationEngine
from mlx_jupyter.worker.lexer import ChatLexer, Lexer
from mlx_jupyter.worker.loading import Language, load_language, load_text
from mlx_jupyter.worker.prompt import refuse_endless, tokenize

__all__ = ["TextBatch", "make_engine", "make_lexer"]


def make_engine(command: Load, look_for_cancels: Callable[[], None]) -> Engine:
    """Raises what the loader has to say."""
    adapter = Path(command.adapter) if command.adapter else None
    text = load_text(Path(command.path), adapter=adapter, trusted=command.trusted)
    language = text.language
    batch = TextBatch(text.model, language.end_tokens, command.max_batch)
    return GenerationEngine(language, batch, partial(_read, language))


def make_lexer(command: Load) -> Lexer:
    """As `make_engine`, without the weights."""
    language = load_language(Path(command.path), trusted=command.trusted)
    return ChatLexer(language, partial(_read, language))


def _read(language: Language, request: Generate, pictures: Sequence[Picture]) -> Prompt:
    if pictures:  # its kind was not known when the request came: it had to be downloaded
        raise WrongKind("This model does not support vision.", param="model")
    refuse_endless(request, language.longest_prompt_characters)
    return Prompt(tokenize(language, request))


class TextBatch:
    def __init__(self, model: object, end_tokens: Iterable[int], max_batch: int) -> None:
        self._model = model
        self._end_tokens = list(end_tokens)
        self._max_batch = max_batch
        self._numbers = itertools.count(1)
        self._begin()

    def _begin(self) -> None:
        self._rows: dict[int, int] = {}
        self._uids: dict[int, int] = {}
        self._followers: dict[int, tuple[Prompt, list[tuple[int, Row]]]] = {}
        self._batch = BatchGenerator(
            self._model,
            stop_tokens=[[token] for token in self._end_tokens],
            completion_batch_size=self._max_batch,
            prefill_batch_size=self._max_batch,
            prefill_step_size=PREFILL_TOKENS,
        )

    @property
    def ready(self) -> bool:
        return True

    def number(self) -> int:
        """For a row that comes later, by `follow`."""
        return next(self._numbers)

    def add(self, prompt: Prompt, rows: Sequence[Row]) -> list[int]:
        numbers = [self.number() for _ in rows]
        numbered = list(zip(numbers, rows, strict=True))
        forks = len(rows) > 1 and len(prompt.tokens) > 1
        for number, row in numbered[:1] if forks else numbered:
            self._insert(number, row, prompt)
        if forks:
            self._followers[numbers[0]] = prompt, numbered[1:]
        return numbers

    def follow(self, prompt: Prompt, rows: Mapping[int, Row], cache: list[Any]) -> None:
        """As `add`, for numbered rows whose `cache` holds all of the prompt but its last token."""
        for number, row in rows.items():
            self._insert(number, row, prompt, cache, prompt.tokens[:-1])

    def remove(self, rows: Iterable[int]) -> None:
        gone = set(rows)
        self._batch.remove([self._uids[row] for row in gone if row in self._uids])
        for row in gone:
            self._forget(row)
        for leader, (prompt, followers) in list(self._followers.items()):
            left = [(number, row) for number, row in followers if number not in gone]
            self._followers[leader] = prompt, left

    def next(self) -> Turn:
        if not self._uids:
            return Turn([], [], [])
        prompts, tokens = self._batch.next()
        filled = [report for prompt in prompts if (report := self._filled(prompt))]
        sampled = [
            Sampled(self._rows[one.uid], one.token, one.logprobs, one.finish_reason)
            for one in tokens
        ]
        for one in sampled:
            if one.finish is not None:
                self._forget(one.row)
        return Turn(filled, sampled, [])

    def restart(self) -> None:
        # Closed first: closing sets back the wired limit of Metal that a new one raises.
        self._batch.close()
        self._begin()

    def shed(self) -> None:
        """There is nothing here that is kept only for speed."""

    def _insert(
        self,
        number: int,
        row: Row,
        prompt: Prompt,
        cache: list[Any] | None = None,
        known: Sequence[int] = (),
    ) -> None:
        (uid,) = self._batch.insert(
            [prompt.tokens[len(known) :]],
            [row.max_tokens],
            caches=[cache] if cache else None,
            all_tokens=[list(known)],
            samplers=[row.sampler],
            logits_processors=[list(row.processors)],
        )
        self._rows[uid], self._uids[number] = number, uid

    def _forget(self, row: int) -> None:
        self._rows.pop(self._uids.pop(row, -1), None)
        self._followers.pop(row, None)

    def _filled(self, prompt: PromptProcessingBatch.Response) -> Filled | None:
        number = self._rows[prompt.uid]
        done, total = prompt.progress
        if number in self._followers and done == total - 1:
            text, followers = self._followers.pop(number)
            cache, known = self._batch.extract_cache([prompt.uid])[prompt.uid]
            for follower, row in followers:
                self._insert(follower, row, text, cache, known)
        return None if prompt.end_of_prompt else Filled(number, done, total)
