"""What is measured: which bursts are sent, and which figures their answers give."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct

from tests.benchmarks.trial import Answer

__all__ = ["METRICS", "Burst", "Metric", "metrics_of", "plan_bursts"]

Answers = Sequence[Answer]


class Burst(Struct, frozen=True):
    """`streams` requests at once; a burst of one is short, so it is repeated within a round."""

    streams: int
    stream: bool = True

    @property
    def repeats(self) -> int:
        return 3 if self.streams == 1 else 1

    @property
    def key(self) -> str:
        return f"{self.streams}" if self.stream else "whole"


class Metric(Struct, frozen=True):
    """`name` is unique together with its burst; `of` makes the figure from one burst's answers."""

    name: str
    words: str
    of: Callable[[Answers], float]
    for_burst: Callable[[Burst], bool]


def tokens_per_second(answers: Answers) -> float:
    """All tokens of the burst, from the first request's start to the last text of all."""
    start = min(answer.start_seconds for answer in answers)
    end = max(answer.last_seconds for answer in answers)
    return sum(answer.answer_tokens for answer in answers) / (end - start)


def first_token_ms(answers: Answers) -> float:
    return 1e3 * statistics.median(_waits(answers))


def first_token_p95_ms(answers: Answers) -> float:
    return 1e3 * statistics.quantiles(_waits(answers), n=20, method="inclusive")[-1]


def first_token_spread(answers: Answers) -> float:
    """1 means that nobody waits longer than the others."""
    return first_token_p95_ms(answers) / first_token_ms(answers)


def latency_ms(answers: Answers) -> float:
    return 1e3 * max(answer.last_seconds - answer.start_seconds for answer in answers)


def resets(answers: Answers) -> float:
    return sum(answer.resets for answer in answers)


def _waits(answers: Answers) -> list[float]:
    return [answer.first_seconds - answer.start_seconds for answer in answers]


def is_crowd(burst: Burst) -> bool:
    """Are there enough streams for a percentile to mean something?"""
    return burst.streams > 4


METRICS = (
    Metric("tokens_per_second", "tokens/s", tokens_per_second, lambda burst: burst.stream),
    Metric("first_token_ms", "first token p50, ms", first_token_ms, lambda burst: burst.stream),
    Metric("first_token_p95_ms", "first token p95, ms", first_token_p95_ms, is_crowd),
    Metric("first_token_spread", "first token p95 / p50", first_token_spread, is_crowd),
    Metric("resets", "connections reset", resets, is_crowd),
    Metric("latency_ms", "latency, ms", latency_ms, lambda burst: not burst.stream),
)


def metrics_of(burst: Burst) -> list[Metric]:
    return [metric for metric in METRICS if metric.for_burst(burst)]


def plan_bursts(levels: Sequence[int]) -> list[Burst]:
    """One burst for each number of streams, and one request that is not streamed."""
    return [*(Burst(streams) for streams in levels), Burst(1, stream=False)]
