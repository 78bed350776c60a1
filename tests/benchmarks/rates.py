"""Tokens per second and the wait for the first token, as `python -m tests.benchmarks` measures
them, among the comparisons of `all`."""

from __future__ import annotations

from collections.abc import Sequence

import psutil

from tests.benchmarks.checkpoints import SHAPES
from tests.benchmarks.comparison import Bound, Comparison
from tests.benchmarks.contestants import Started
from tests.benchmarks.goals import RATES
from tests.benchmarks.metrics import Burst, metrics_of
from tests.benchmarks.race import Race, say
from tests.benchmarks.rounds import Run

__all__ = ["measure"]

STREAMS = (1, 4, 16)
SHOWN = {"tokens_per_second": "tokens/s", "first_token_ms": "ms"}
WORDS = {"tokens_per_second": "rate", "first_token_ms": "first token"}


def measure(race: Race, started: Sequence[Started]) -> list[Comparison]:
    bursts = [Burst(streams) for streams in STREAMS]
    run = Run(started, bursts, race.scaled(SHAPES[race.model].answer_tokens))
    run.warm_up(race.rest)
    for number in range(race.rounds):
        run.round(number)
        say(f"round {number + 1} of {race.rounds}, load {psutil.getloadavg()[0]:.1f}")
    return [
        _comparison(race, run, burst, metric.name)
        for burst in bursts
        for metric in metrics_of(burst)
        if metric.name in SHOWN
    ]


def _comparison(race: Race, run: Run, burst: Burst, metric: str) -> Comparison:
    many = f"{burst.streams} stream" + "s" * (burst.streams > 1)
    least = RATES.get(race.model, {}).get(burst.key) if metric == "tokens_per_second" else None
    values: dict[str, list[float]] = {name: [] for name in race.names}
    for figure in sorted(run.figures, key=lambda figure: figure.round):
        if (figure.burst, figure.metric) == (burst.key, metric):
            values[figure.contestant].append(figure.value)
    return Comparison(f"{WORDS[metric]}, {many}", SHOWN[metric], values, Bound(least=least))
