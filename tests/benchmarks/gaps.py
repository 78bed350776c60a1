"""A long prompt beside running streams: `python -m tests.benchmarks.gaps`.

A prompt of about 4,000 tokens comes while others decode. For each of their streams: the longest gap
between two pieces of text while the prompt is read, by the stream's usual one before; the figure is
that of the stream that fares worst. And what the prompt itself waits for its first token.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Mapping, Sequence

from tests.benchmarks.comparison import Bound, Comparison
from tests.benchmarks.contestants import Started
from tests.benchmarks.prompts import prompts
from tests.benchmarks.race import Race, main, rounds, standing
from tests.benchmarks.trial import Answer, Trial

__all__ = ["gaps", "measure", "worst_gap"]

STREAMS, STREAM_TOKENS = 3, 800
LONG_WORDS, LONG_TOKENS = 1950, 2
BEFORE_SECONDS = {"llama-60m": 3.0, "llama-3m": 1.0}
GOAL = Bound(most=4)


def measure(race: Race, started: Sequence[Started]) -> list[Comparison]:
    def ask(one: Started, seed: str) -> Mapping[str, float]:
        (long,) = prompts(f"{seed} long", 1, race.scaled(LONG_WORDS))
        trial = Trial(
            (*prompts(seed, STREAMS), long),
            0,
            delays=(*[0.0] * STREAMS, race.scale * BEFORE_SECONDS.get(race.model, 1.0)),
            lengths=(*[race.scaled(STREAM_TOKENS)] * STREAMS, LONG_TOKENS),
        )
        *streams, last = one.contestant.run(trial)
        return {
            "gap": worst_gap(streams, last),
            "first": 1e3 * (last.first_seconds - last.start_seconds),
            "tokens": last.prompt_tokens,
        }

    found = rounds(race, started, ask)
    tokens = max((count for counts in found["tokens"].values() for count in counts), default=0)
    return [
        Comparison("longest gap / usual, beside a long prompt", "", found["gap"], GOAL, floor=None),
        Comparison(f"  that prompt's first token ({tokens:,.0f} tokens)", "ms", found["first"]),
    ]


def worst_gap(streams: Sequence[Answer], last: Answer) -> float:
    """1 where no stream has both a usual gap and one while `last` was read."""
    return max(filter(None, (_ratio(stream, last) for stream in streams)), default=1.0)


def _ratio(stream: Answer, last: Answer) -> float | None:
    usual = [size for end, size in gaps(stream) if end <= last.start_seconds]
    beside = [
        size
        for end, size in gaps(stream)
        if end > last.start_seconds and end - size < last.first_seconds
    ]
    usual_seconds = statistics.median(usual) if usual else 0.0  # 0: most came at once
    return max(beside) / usual_seconds if usual_seconds and beside else None


def gaps(stream: Answer) -> list[tuple[float, float]]:
    """When each ended, and how long it was, in seconds."""
    pairs = zip(stream.stamps, stream.stamps[1:], strict=False)
    return [(after, after - before) for before, after in pairs]


if __name__ == "__main__":
    sys.exit(main("gaps", "Running streams while a long prompt is read.", standing(measure)))
