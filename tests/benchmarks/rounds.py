"""A run: round after round, burst after burst, all contestants in turn with the same prompts.

The order rotates, and figures are compared within their round only: a machine that is shared drifts
by tens of percent within minutes, but hardly between two bursts that follow each other.
"""

from __future__ import annotations

import secrets
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TypeVar

from msgspec import Struct

from tests.benchmarks.contestants import Started
from tests.benchmarks.cost import Cost, await_rest, spent
from tests.benchmarks.metrics import Burst, metrics_of
from tests.benchmarks.prompts import prompts
from tests.benchmarks.tick import Tick
from tests.benchmarks.trial import Answer, Trial

__all__ = ["Figure", "Run", "Work", "WrongCount", "rotated"]

Item = TypeVar("Item")


class WrongCount(Exception):
    """An answer had not the number of tokens that it was asked for: the times mean nothing."""


class Figure(Struct, frozen=True):
    """The median of one metric over the repeats of one burst, within one round."""

    round: int
    contestant: str
    burst: str
    metric: str
    value: float


class Work(Struct):
    """What a contestant was asked for in all rounds. It is the same for all that are compared."""

    requests: int = 0
    prompt_tokens: int = 0
    answer_tokens: int = 0

    def add(self, answers: Sequence[Answer]) -> None:
        self.requests += len(answers)
        self.prompt_tokens += sum(answer.prompt_tokens for answer in answers)
        self.answer_tokens += sum(answer.answer_tokens for answer in answers)


class Run:
    """All contestants of one model. What grows by rounds: `figures`, `work` (by contestant),
    `costs` (by burst and contestant), `ticks` (by who was busy then)."""

    def __init__(self, started: Sequence[Started], bursts: Sequence[Burst], tokens: int) -> None:
        self._started = started
        self._bursts = bursts
        self._tokens = tokens
        self._seed = secrets.token_hex(8)
        self.figures: list[Figure] = []
        self.costs: defaultdict[str, defaultdict[str, Cost]] = defaultdict(
            lambda: defaultdict(Cost)
        )
        self.work: defaultdict[str, Work] = defaultdict(Work)
        self.ticks: defaultdict[str, list[Tick]] = defaultdict(list)

    def warm_up(self, rest_seconds: float) -> None:
        """Every contestant meets every burst once, which loads the model where that is lazy; only
        how late the loop was is kept of it. Returns when all have come to rest, or after
        `rest_seconds`."""
        for started in self._started:
            for burst in self._bursts:
                seed = f"warm {started.name} {burst.key}"
                self._answers(started, burst, seed, busy=f"{started.name}, loading")
        await_rest([started.parts for started in self._started], rest_seconds)

    def round(self, number: int) -> None:
        for place, burst in enumerate(self._bursts):
            found: defaultdict[str, list[list[Answer]]] = defaultdict(list)
            for repeat in range(burst.repeats):
                for started in rotated(self._started, number + place + repeat):
                    seed = f"{number} {burst.key} {repeat}"
                    found[started.name].append(self._counted(started, burst, seed))
            self.figures.extend(_figures(number, burst, found))

    def _counted(self, started: Started, burst: Burst, seed: str) -> list[Answer]:
        before = spent(started.parts)
        answers = self._answers(started, burst, seed, busy=started.name)
        tokens = sum(answer.answer_tokens for answer in answers)
        self.costs[burst.key][started.name].add(tokens, before, spent(started.parts))
        self.work[started.name].add(answers)
        return answers

    def _answers(self, started: Started, burst: Burst, seed: str, busy: str) -> list[Answer]:
        texts = prompts(f"{self._seed} {seed}", burst.streams)
        self._take_ticks()
        answers = started.contestant.run(Trial(texts, self._tokens, burst.stream))
        self.ticks[busy].extend(self._take_ticks())
        wrong = {answer.answer_tokens for answer in answers} - {self._tokens}
        if wrong:
            raise WrongCount(f"{started.name}: {wrong} tokens where {self._tokens} were asked for")
        return answers

    def _take_ticks(self) -> list[Tick]:
        watches = [started.watch for started in self._started if started.watch]
        return [tick for watch in watches for tick in watch.take()]


def rotated(items: Sequence[Item], by: int) -> list[Item]:
    by %= len(items)
    return [*items[by:], *items[:by]]


def _figures(number: int, burst: Burst, found: dict[str, list[list[Answer]]]) -> Iterator[Figure]:
    for name, repeats in found.items():
        for metric in metrics_of(burst):
            value = statistics.median(metric.of(answers) for answers in repeats)
            yield Figure(number, name, burst.key, metric.name, value)
