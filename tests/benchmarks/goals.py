"""What we want of our own figures, beside direct's of the same round.

Nothing fails where a goal is missed: machines are shared, and a figure is there to be read.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence

from msgspec import Struct

__all__ = ["LATENESS_MS", "Goal", "Pair", "find_goal"]

LATENESS_MS = 20.0
FIRST_TOKEN_RATIO, FIRST_TOKEN_SLACK_MS = 1.05, 3.0
SPREAD = 1.25
RATES = {"llama-60m": {"1": 0.98, "4": 0.97, "16": 0.97}, "llama-3m": {"4": 0.92}}

Pair = tuple[float, float]
"""Our figure and direct's, of one round."""


class Goal(Struct, frozen=True):
    words: str
    met: Callable[[Sequence[Pair]], bool]


def find_goal(model: str, burst: str, metric: str) -> Goal | None:
    least = RATES.get(model, {}).get(burst)
    if metric == "tokens_per_second" and least is not None:
        return _rate(least)
    if metric == "first_token_ms" and burst in ("1", "16"):
        return _first_token()
    if metric == "first_token_spread":
        return _spread()
    return None


def _rate(least: float) -> Goal:
    return Goal(
        f">= {least:.2f} of direct",
        lambda pairs: statistics.median(ours / floor for ours, floor in pairs) >= least,
    )


def _first_token() -> Goal:
    def met(pairs: Sequence[Pair]) -> bool:
        over = [ours - FIRST_TOKEN_RATIO * floor for ours, floor in pairs]
        return statistics.median(over) <= FIRST_TOKEN_SLACK_MS

    return Goal(f"<= {FIRST_TOKEN_RATIO} x direct + {FIRST_TOKEN_SLACK_MS:.0f} ms", met)


def _spread() -> Goal:
    return Goal(
        f"<= {SPREAD}", lambda pairs: statistics.median(ours for ours, _ in pairs) <= SPREAD
    )
