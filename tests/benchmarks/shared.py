"""Sixteen requests at once that begin alike: `python -m tests.benchmarks.shared`.

As when one prompt is mapped over a column. The floor reads what all begin with once, and goes on
from copies; the figure is the time until the last of them has ended.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from tests.benchmarks.comparison import Bound, Comparison
from tests.benchmarks.contestants import Started
from tests.benchmarks.prompts import prompts
from tests.benchmarks.race import Race, main, rounds, standing
from tests.benchmarks.trial import Trial

__all__ = ["measure"]

REQUESTS, PREFIX_WORDS, END_WORDS, ANSWER_TOKENS = 16, 480, 8, 16
GOAL = Bound(most=1.2)


def measure(race: Race, started: Sequence[Started]) -> list[Comparison]:
    def ask(one: Started, seed: str) -> Mapping[str, float]:
        (prefix,) = prompts(f"{seed} prefix", 1, race.scaled(PREFIX_WORDS))
        ends = prompts(f"{seed} ends", REQUESTS, END_WORDS)
        said = tuple(f"{prefix}\n{end}" for end in ends)
        answers = one.contestant.run(Trial(said, race.scaled(ANSWER_TOKENS), shared=True))
        return {"wall": max(answer.last_seconds for answer in answers)}

    found = rounds(race, started, ask)
    return [Comparison(f"{REQUESTS} requests with one long prefix", "s", found["wall"], GOAL)]


if __name__ == "__main__":
    sys.exit(main("shared", "Requests that share a long prefix.", standing(measure)))
