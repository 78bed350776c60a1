"""How fast a model of the pool answers, as a notebook sees it: over HTTP, with whatever else runs.

Every request has a prompt of its own, so that no cache of prompts answers for the model. One short
request goes before and does not count: the first one after a load compiles kernels.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from statistics import median
from threading import Event
from time import perf_counter

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.client import Pool

__all__ = ["MAX_TOKENS", "STREAMS", "Round", "Summary", "rounds", "summaries"]

MAX_TOKENS = 64
STREAMS = (1, 4)
_PROMPT = (
    "Number {number}. Write a long story about a lighthouse, the sea and a keeper who counts the"
    " ships. Do not stop early; describe the weather, the lamp and every ship that passes."
)


@dataclass(frozen=True)
class Round:
    """The answers to `streams` requests sent at once, and the time until the last had ended."""

    streams: int
    answers: tuple[Answer, ...]
    seconds: float

    @property
    def tokens(self) -> int:
        return sum(answer.usage.completion_tokens for answer in self.answers if answer.usage)


@dataclass(frozen=True)
class Summary:
    """Medians over the rounds with so many `streams`. `tokens_per_second` is of all together, with
    the wait for their first tokens; `tokens_per_second_each` of one answer after its first."""

    streams: int
    rounds: int
    tokens_per_second: float
    tokens_per_second_each: float | None
    seconds_to_first_token: float | None
    tokens: float


def rounds(pool: Pool, model: str, times: int, stop: Event) -> Iterator[Round]:
    """`times` rounds of one stream, then as many of four. `stop` ends the requests that run."""
    numbers = count(1)
    _answer(pool, model, next(numbers), stop, max_tokens=8)
    for streams in STREAMS:
        for _ in range(times):
            yield _round(pool, model, [next(numbers) for _ in range(streams)], stop)


def _round(pool: Pool, model: str, numbers: list[int], stop: Event) -> Round:
    with ThreadPoolExecutor(len(numbers)) as threads:
        began = perf_counter()
        try:
            sent = [threads.submit(_answer, pool, model, number, stop) for number in numbers]
            answers = tuple(one.result() for one in sent)
        except BaseException:
            # Before the threads are waited for, which leaving `with` does.
            stop.set()
            raise
    return Round(len(numbers), answers, perf_counter() - began)


def _answer(
    pool: Pool, model: str, number: int, stop: Event, max_tokens: int = MAX_TOKENS
) -> Answer:
    prompt = _PROMPT.format(number=number)
    stream = pool.chat(prompt, model=model, max_tokens=max_tokens, seed=number, stream=True)
    with stream:
        for _ in stream.events():
            if stop.is_set():
                break
    return stream.answer


def summaries(done: list[Round]) -> list[Summary]:
    counts = sorted({one.streams for one in done})
    return [_summary([one for one in done if one.streams == streams]) for streams in counts]


def _summary(done: list[Round]) -> Summary:
    answers = [answer for one in done for answer in one.answers]
    speeds = [answer.tokens_per_second for answer in answers]
    waits = [answer.seconds_to_first_token for answer in answers]
    return Summary(
        streams=done[0].streams,
        rounds=len(done),
        tokens_per_second=median(one.tokens / one.seconds for one in done),
        tokens_per_second_each=_median(speeds),
        seconds_to_first_token=_median(waits),
        tokens=median(one.tokens / one.streams for one in done),
    )


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None
