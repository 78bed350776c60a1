"""Requests of one model: from a `Generate` to rows of a batch, and from its tokens to deltas.

An idle model waits for a moment, at most 1 % of what the prefill will take and 5 ms, for requests
that come together (several cells, a map over a column): over HTTP they arrive a millisecond apart,
and a lone first one would hold all the others up for its whole prefill.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, wait
from typing import NamedTuple

import mlx.core as mx
import numpy as np

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError, WrongKind
from mlx_jupyter.messages import (
    Delta,
    Embed,
    Failed,
    Generate,
    Joined,
    Picture,
    Piece,
    Prefill,
    Reused,
    Step,
    TokenLogprob,
)
from mlx_jupyter.worker.aside import Aside
from mlx_jupyter.worker.batch import PREFILL_TOKENS, Batch, Filled, Known, Prompt, Sampled, Turn
from mlx_jupyter.worker.eye import Eye
from mlx_jupyter.worker.lexer import ChatLexer, Lexer
from mlx_jupyter.worker.loading import Language
from mlx_jupyter.worker.preparation import Preparation
from mlx_jupyter.worker.prompt_cache import PromptCache
from mlx_jupyter.worker.sequence import Sequence as Choice

__all__ = ["GenerationEngine", "unreadable"]

PATIENCE_SHARE, MOST_PATIENCE_SECONDS = 0.01, 0.005
LEAST_LOGPROB = -9999.0
ASIDE_SECONDS = 0.005
"""For so long a step with nothing else to do waits for a prompt: a cancel must be heard."""


class _Later(NamedTuple):
    """A request that waits until the batch is ready, or until its prompt has been read."""

    request: Generate
    pictures: Sequence[Picture]
    reading: Future[Prompt] | None = None


class GenerationEngine:
    """`read` turns a request and its pictures into a prompt; it raises `InvalidRequest` where that
    cannot be served. With `aside` long prompts are read beside the steps. The `prompt_cache`
    and the `eye` are those that the batch uses, if it does."""

    def __init__(
        self,
        language: Language,
        batch: Batch,
        read: Callable[[Generate, Sequence[Picture]], Prompt],
        prompt_cache: PromptCache | None = None,
        aside: Aside | None = None,
        eye: Eye | None = None,
    ) -> None:
        self.prompt_cache = prompt_cache
        self._eye = eye
        self._aside = aside
        self._language = language
        self._batch = batch
        self._read = read
        self._preparation = Preparation(language)
        self._rows: dict[int, set[int]] = {}
        """Of each request, those that have not finished."""
        self._choices: dict[int, Choice] = {}
        self._later: OrderedDict[int, _Later] = OrderedDict()
        self._joined: list[Joined] = []
        self._failed: list[Failed] = []
        self._underway = False
        self._fresh_tokens = 0
        self._prefill_seconds_a_token = 0.0

    @property
    def image_cache_bytes(self) -> int:
        return self._eye.kept_bytes if self._eye else 0

    @property
    def context_length(self) -> int:
        return self._language.context_length

    @property
    def lexer(self) -> Lexer:
        return ChatLexer(self._language, self._read)

    @property
    def patience_seconds(self) -> float:
        """How long the prefill that is about to begin waits for neighbours to share it."""
        if self._underway:
            return 0.0
        expected_seconds = self._fresh_tokens * self._prefill_seconds_a_token
        return min(PATIENCE_SHARE * expected_seconds, MOST_PATIENCE_SECONDS)

    @property
    def underway(self) -> bool:
        """Are there sequences that wait for the next step?"""
        return self._underway

    @property
    def busy(self) -> bool:
        """Is there a step to do, or something to say?"""
        return bool(self._choices or self._later or self._failed or self._joined)

    def join(self, request: Generate | Embed, attached: Sequence[Picture | Piece] = ()) -> None:
        """Take the request into the batch, or keep it until that is ready for its prompt. Raises
        `InvalidRequest` where it cannot be served."""
        if isinstance(request, Embed):  # its kind was not known: it had to be downloaded
            raise WrongKind("This model does not support embeddings.", param="model")
        pictures = [one for one in attached if isinstance(one, Picture)]
        aside = self._aside if self._underway and not pictures else None
        reading = aside.begin(request) if aside else None
        later = _Later(request, pictures, reading)
        if self._later or reading is not None or not self._batch.ready:
            self._later[request.id] = later
        else:
            self._join(later)

    def _join_later(self) -> None:
        while self._later and self._batch.ready:
            number, later = next(iter(self._later.items()))
            if later.reading is not None:
                wait([later.reading], 0 if self._choices else ASIDE_SECONDS)
                if not later.reading.done():
                    return
            del self._later[number]
            try:
                self._join(later)
            except MLXJupyterError as error:
                self.fail(number, error)
            except Exception as error:  # noqa: BLE001 - one odd request must not end the model
                self.fail(number, unreadable(error))

    def _join(self, later: _Later) -> None:
        request, reading = later.request, later.reading
        prompt = reading.result() if reading else self._read(request, later.pictures)
        choices, rows = zip(*self._preparation.choices(request, prompt), strict=True)
        numbers = self._batch.add(prompt, rows)
        self._rows[request.id] = set(numbers)
        self._choices |= zip(numbers, choices, strict=True)
        size = len(prompt.tokens)
        self._joined.append(Joined(request.id, size, prompt.image_tokens))
        self._fresh_tokens += min(size - self._known(prompt), PREFILL_TOKENS)

    def _known(self, prompt: Prompt) -> int:
        if self.prompt_cache is None:
            return 0
        return self.prompt_cache.known(np.array(prompt.tokens, np.int32))

    def taken(self, request: int, rows: int) -> None:
        """There are no vectors here."""

    def fail(self, request: int, error: MLXJupyterError) -> None:
        """End the request with an error, which the next step says."""
        self.cancel(request)
        code = error.code or "server_error"
        self._failed.append(Failed(request, code, error.message, error.param))

    def cancel(self, request: int) -> None:
        """Take the request out, wherever it is; one that is not there is no error."""
        later = self._later.pop(request, None)
        if later is not None and later.reading is not None:
            later.reading.cancel()
        rows = self._rows.pop(request, set())
        self._batch.remove(rows)
        for row in rows:
            del self._choices[row]

    def step(self) -> Step:
        """One turn for all sequences: a decoding step and a prefill chunk."""
        self._join_later()
        turn = self._next() if self._choices else Turn([], [], [])
        reused = [said for one in turn.known if (said := self._reused(one))]
        prefills = [report for one in turn.filled if (report := self._prefilled(one))]
        deltas = [delta for one in turn.sampled if (delta := self._advance(one))]
        for row, error in turn.broken:
            if row in self._choices:
                self.fail(self._choices[row].request, unreadable(error))
        self._fail_the_faulty()
        step = Step(
            deltas=tuple(deltas),
            joined=tuple(self._joined),
            prefills=tuple(prefills),
            failed=tuple(self._failed),
            reused=tuple(reused),
        )
        self._joined, self._failed = [], []
        self._underway, self._fresh_tokens = bool(self._choices), 0
        return step

    def fail_all(self, error: MLXJupyterError) -> None:
        """After an exception in the midst of a step the batch is in no known state: start anew."""
        self._batch.restart()
        broken = self._rows
        self._rows, self._choices = {}, {}
        for request in broken:
            self.fail(request, error)

    def shed(self) -> None:
        """Give back what is kept only for speed."""
        self._batch.shed()
        self._preparation.shed()
        if self.prompt_cache is not None:
            self.prompt_cache.shed()

    def _next(self) -> Turn:
        started = time.perf_counter()
        said = self._batch.next()
        all_read = sum(1 for one in said.known if not one.tokens) == len(self._choices)
        if not self._underway and self._fresh_tokens and all_read:
            seconds = time.perf_counter() - started
            self._prefill_seconds_a_token = seconds / self._fresh_tokens
        return said

    def _reused(self, known: Known) -> Reused | None:
        choice = self._choices.get(known.row)
        first = choice is not None and choice.index == 0
        return Reused(choice.request, known.tokens) if choice and first else None

    def _prefilled(self, filled: Filled) -> Prefill | None:
        choice = self._choices.get(filled.row)
        if choice is None or choice.index > 0:
            return None
        done, total, known = filled.done_tokens, filled.total_tokens, filled.known_image_tokens
        return Prefill(choice.request, done, total, known)

    def _advance(self, sampled: Sampled) -> Delta | None:
        choice = self._choices.get(sampled.row)
        if choice is None:  # cancelled in the midst of the step
            return None
        logprob = self._logprob(choice, sampled)
        choice.drafted(sampled.accepted, sampled.rejected)
        try:
            delta = choice.push(sampled.token, sampled.finish, logprob)
        except (LookupError, ValueError) as error:  # a token that the detokenizer does not know
            choice.fault = error
            return None
        if delta is not None and delta.finish is not None:
            if sampled.finish is None:
                self._batch.remove([sampled.row])
            self._forget(sampled.row)
        return delta

    def _forget(self, row: int) -> None:
        request = self._choices.pop(row).request
        self._rows[request].discard(row)
        if not self._rows[request]:
            del self._rows[request]

    def _logprob(self, choice: Choice, sampled: Sampled) -> TokenLogprob | None:
        if choice.top_logprobs is None or not choice.wants_logprobs or sampled.finish == "stop":
            return None
        row = sampled.logprobs
        top = _largest(row, choice.top_logprobs)
        return TokenLogprob(
            self._token_text(sampled.token),
            _finite(row[sampled.token]),
            tuple((self._token_text(token), _finite(row[token])) for token in top),
        )

    def _token_text(self, token: int) -> str:
        return str(self._language.tokenizer.decode([token]))

    def _fail_the_faulty(self) -> None:
        broken = {s.request: s.error for s in self._choices.values() if s.error is not None}
        for request, error in broken.items():
            self.fail(request, _broken(error))


def unreadable(error: Exception) -> MLXJupyterError:
    """What is wrong with a prompt, from what a model or its processor raised."""
    if isinstance(error, ValueError | TypeError | LookupError):
        words = " ".join(str(error).split())[:300]
        return InvalidRequest(f"The model cannot read this prompt: {words}", param="messages")
    return MLXJupyterError(f"The request could not be read: {error!r}")


def _broken(error: Exception) -> MLXJupyterError:
    if isinstance(error, MLXJupyterError):
        return error
    return MLXJupyterError(f"The request failed as it was generated: {error!r}")


def _finite(logprob: mx.array) -> float:
    """JSON has no infinity, which masked tokens have; OpenAI's word for the unlikely is -9999."""
    return max(float(logprob), LEAST_LOGPROB)


def _largest(row: mx.array, count: int) -> Iterable[int]:
    """The `count` likeliest tokens, likeliest first."""
    if not count:
        return []
    head = mx.argpartition(-row, kth=count - 1)[:count]
    return list(head[mx.argsort(-row[head])].tolist())  # type: ignore[arg-type]
