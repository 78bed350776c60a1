"""Two models that answer at once: `python -m tests.benchmarks.two`.

The sum of their tokens per second, by that of two processes that call mlx-lm directly and know
nothing of each other. Both have the same environment, so as many threads.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec

from tests.benchmarks.checkpoints import SHAPES, checkpoint
from tests.benchmarks.comparison import FLOOR, OURS, Bound, Comparison
from tests.benchmarks.contestants import Contestant, Setup, Started, start
from tests.benchmarks.cost import Parts
from tests.benchmarks.environment import find_environment
from tests.benchmarks.limits import Limits
from tests.benchmarks.load import Load
from tests.benchmarks.metrics import tokens_per_second
from tests.benchmarks.prompts import prompts
from tests.benchmarks.race import Race, main, rounds
from tests.benchmarks.trial import Answer, Trial

__all__ = ["measure"]

MODELS = ("first", "second")
STREAMS = 4
GOAL = Bound(least=0.95)


class Pair:
    """Both models, asked at the same moment."""

    def __init__(self, both: Sequence[Contestant]) -> None:
        self._both = both

    def run(self, trial: Trial) -> list[Answer]:
        return [answer for answers in self._run(trial) for answer in answers]

    def rate(self, trial: Trial) -> float:
        """Each by its own time: neither is to be measured by the other's."""
        return sum(map(tokens_per_second, self._run(trial)))

    def _run(self, trial: Trial) -> list[list[Answer]]:
        with ThreadPoolExecutor(len(self._both)) as threads:
            return list(threads.map(lambda one: one.run(trial), self._both))


def measure(race: Race, scratch: Path) -> list[Comparison]:
    tokens = race.scaled(2 * SHAPES[race.model].answer_tokens)

    def ask(started: Started, seed: str) -> dict[str, float]:
        assert isinstance(started.contestant, Pair)
        return {"rate": started.contestant.rate(Trial(prompts(seed, STREAMS), tokens))}

    models = _models(race, scratch)
    with ExitStack() as stack:
        pairs = [stack.enter_context(_pair(name, models)) for name in (FLOOR, OURS)]
        found = rounds(race, pairs, ask)
    words = f"two models at once, {STREAMS} streams each"
    return [Comparison(words, "tokens/s", found["rate"], GOAL)]


def _models(race: Race, scratch: Path) -> list[Setup]:
    """The same checkpoint under two names: equal work, and yet two models."""
    folder = scratch / "models"
    folder.mkdir(parents=True)
    for name in MODELS:
        (folder / name).symlink_to(checkpoint(race.model, race.cache))
        (scratch / name).mkdir()
    base = Setup(folder, find_environment(), Limits(), scratch)
    return [
        msgspec.structs.replace(base, checkpoint=folder / name, scratch=scratch / name)
        for name in MODELS
    ]


@contextmanager
def _pair(name: str, setups: Sequence[Setup]) -> Iterator[Started]:
    with ExitStack() as stack:
        if name == FLOOR:
            both = [stack.enter_context(start(name, setup)) for setup in setups]
            direct = Pair([one.contestant for one in both])
            parts = [one.parts for one in both]
            yield Started(name, direct, lambda: {"processes": _all(parts)})
        else:
            started = stack.enter_context(start(name, setups[0]))
            assert started.jupyter is not None
            record = started.jupyter.record
            loads = [
                stack.enter_context(Load(record.base_url, setup.checkpoint.name, record.api_key))
                for setup in setups
            ]
            yield Started(name, Pair(loads), started.parts, started.jupyter, started.watch)


def _all(parts: Sequence[Parts]) -> list[int]:
    return [pid for one in parts for pids in one().values() for pid in pids]


if __name__ == "__main__":
    sys.exit(main("two", "Two models at once.", measure))
