"""How many prompt tokens are read in one step, so that those who decode hardly notice.

A step with a chunk of a prompt takes what a step takes anyway, and the chunk's time on top:

    tokens = (WIDEST_GAP - 1) * usual / (seconds a token of the last chunks)

`usual` is the median of the last steps without a chunk. What a token takes is learned from the
chunks, more from one that was slower than expected: it grows as attention looks back farther. With
nobody decoding a chunk is as large as it may be: a cancel waits for one.

WIDEST_GAP is 3, since what has to hold is 4 (a 4,000-token prompt beside running streams) and the
join at the end, the system and the learning take their share.
"""

from __future__ import annotations

import statistics
from collections import deque

__all__ = ["PrefillPace"]

WIDEST_GAP = 3.0
LEAST_TOKENS = 8
"""Fewer would hardly be faster: one row of a matrix product costs as much as eight."""
FIRST_TOKENS = 32
"""Until something has been measured."""
USUAL_STEPS = 32
SLOWER, FASTER = 0.6, 0.2
"""The weight of a new measurement that is slower, or faster, than expected."""


class PrefillPace:
    """`most_tokens` is the largest chunk of one prompt."""

    def __init__(self, most_tokens: int) -> None:
        self._most_tokens = most_tokens
        self._steps: deque[float] = deque(maxlen=USUAL_STEPS)
        self._seconds_a_token: float | None = None

    def tokens(self, prompts: int, *, decoding: bool) -> int:
        """For each of so many prompts that are read together."""
        if not decoding:
            return self._most_tokens
        if self._seconds_a_token is None or not self._steps:
            budget = float(FIRST_TOKENS)
        else:
            spare_seconds = (WIDEST_GAP - 1) * statistics.median(self._steps)
            budget = spare_seconds / self._seconds_a_token
        return min(max(int(budget), LEAST_TOKENS) // max(prompts, 1) or 1, self._most_tokens)

    def observe(self, seconds: float, prompt_tokens: int, *, decoding: bool) -> None:
        """A step has taken so long, and read so many tokens of prompts."""
        if not decoding:
            return
        if not prompt_tokens:
            self._steps.append(seconds)
        elif self._steps:
            self._learn(max(seconds - statistics.median(self._steps), 1e-6) / prompt_tokens)

    def _learn(self, seconds_a_token: float) -> None:
        if self._seconds_a_token is None:
            self._seconds_a_token = seconds_a_token
            return
        weight = SLOWER if seconds_a_token > self._seconds_a_token else FASTER
        self._seconds_a_token += weight * (seconds_a_token - self._seconds_a_token)
