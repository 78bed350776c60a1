"""Texts per second: directly, through HTTP, and as the library's own call pads them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from tests.benchmarks.cost import Parts, spent
from tests.benchmarks.embedding_ask import Made
from tests.benchmarks.embedding_client import EmbeddingClient, body_of
from tests.benchmarks.embedding_floor import EmbeddingFloor
from tests.benchmarks.embedding_models import MODEL
from tests.benchmarks.embedding_texts import MIXED, draw_texts

__all__ = ["LEVELS", "Compared", "Level", "Rates"]

ALL_ROUNDS = 1_000_000


class Level(Struct, frozen=True):
    """Requests of so many texts each, `repeats` of them in a round. Those that take long are sent
    in the first rounds only; the library's own call has one of each round's requests to do."""

    texts: int
    repeats: int = 1
    rounds: int = ALL_ROUNDS
    padded_rounds: int = 0


LEVELS = (
    Level(1, repeats=20),
    Level(32, repeats=4, padded_rounds=ALL_ROUNDS),
    Level(256, padded_rounds=3),
    Level(4096, rounds=3),
)


class Compared(Struct, frozen=True):
    """One request. CPU seconds are those of all processes, ours' counted in hundredths of a second;
    `padded_seconds` None where the library's own call was left out. `difference` is the largest of
    any number in a vector."""

    direct_seconds: float
    seconds: float
    padded_seconds: float | None
    direct_cpu_seconds: float
    cpu_seconds: float
    equal_tokens: bool
    difference: float


class Rates:
    """The same texts by all of them, in turns; new texts for each request."""

    def __init__(
        self,
        client: EmbeddingClient,
        floor: EmbeddingFloor,
        parts: Parts,
        words: Sequence[str],
        seed: str,
    ) -> None:
        self._client, self._floor, self._parts = client, floor, parts
        self._words, self._seed = words, seed

    def round(self, level: Level, number: int) -> list[Compared]:
        return [self._compared(level, number, repeat) for repeat in range(level.repeats)]

    def _compared(self, level: Level, number: int, repeat: int) -> Compared:
        seed = f"{self._seed} {level.texts} {number} {repeat}"
        texts = draw_texts(seed, level.texts, self._words, MIXED)
        direct = self._floor.make(texts) if (number + repeat) % 2 == 0 else None
        ours, cpu_seconds = self._ours(texts)
        direct = direct or self._floor.make(texts)
        padded = None
        if repeat == 0 and number < level.padded_rounds:
            padded = self._floor.make_as_they_come(texts).seconds
        return Compared(
            direct.seconds,
            ours.seconds,
            padded,
            direct.cpu_seconds,
            cpu_seconds,
            direct.tokens == ours.tokens,
            _difference(direct, ours),
        )

    def _ours(self, texts: Sequence[str]) -> tuple[Made, float]:
        body = body_of(MODEL, texts)
        before = spent(self._parts)
        made = self._client.make(body)
        return made, sum(spent(self._parts).values()) - sum(before.values())


def _difference(one: Made, other: Made) -> float:
    """Not a number where one has more than the other."""
    if len(one.vectors) != len(other.vectors):
        return float("nan")
    numbers = [np.frombuffer(made.vectors, "<f4") for made in (one, other)]
    return float(np.max(np.abs(numbers[0] - numbers[1])))
