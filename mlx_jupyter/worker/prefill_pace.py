"""How many prompt tokens are read in one step, so that those who decode hardly notice.

A step with a chunk of a prompt takes what a step takes anyway, and the chunk's time on top:

    tokens = (WIDEST_GAP - 1) * usual / (seconds a token of the last chunks)

`usual` is the median of the last steps without a chunk. What a token takes is learned from the
chunks, more from one that was slower than expected: it grows as attention looks back farther. A
step in which a prompt ends says nothing: it has the first step of its answer in it. With nobody
decoding a chunk is as large as it may be: a cancel waits for one.

While one prompt follows another no step is without a chunk, and who decodes may have become more:
`usual` would be too short, all that a step takes longer would seem to be the chunk's, and that
would stay as small as it can be for ever. So after `STALE_STEPS` there are `LOOK_STEPS` without.
The first of them does not count: the device is a step ahead, and it waits for nothing.

WIDEST_GAP is 2.5, since what has to hold is 4 for each of hundreds of steps (a 4,000-token prompt
beside running streams): the slowest of them is 1.5 times as slow as most, and the join at the end
takes its share.
"""

from __future__ import annotations

import statistics
from collections import deque

__all__ = ["PrefillPace"]

WIDEST_GAP = 2.5
LEAST_TOKENS = 8
"""Fewer would hardly be faster: one row of a matrix product costs as much as eight."""
LEAST_SHARE_TOKENS = 4
"""Of one prompt among others: with less they all last so long that ever more of them meet."""
FIRST_TOKENS = 16
"""Until something has been measured."""
USUAL_STEPS = 32
STALE_STEPS, LOOK_STEPS = 48, 4
SLOWER, FASTER = 0.8, 0.2
"""The weight of a new measurement that is slower, or faster, than expected."""


class PrefillPace:
    """`most_tokens` is the largest chunk of one prompt."""

    def __init__(self, most_tokens: int) -> None:
        self._most_tokens = most_tokens
        self._steps: deque[float] = deque(maxlen=USUAL_STEPS)
        self._seconds_a_token: float | None = None
        self._chunks = self._plain = 0
        """Steps since `usual` was looked at, and those without a chunk after the last one with."""

    def tokens(self, prompts: int, *, decoding: bool) -> int:
        """For each of so many prompts that are read together; 0 for a step without."""
        if not decoding:
            return self._most_tokens
        if self._chunks >= STALE_STEPS:
            return 0
        if self._seconds_a_token is None or not self._steps:
            budget = float(FIRST_TOKENS)
        else:
            spare_seconds = (WIDEST_GAP - 1) * statistics.median(self._steps)
            budget = spare_seconds / self._seconds_a_token
        share = max(int(budget), LEAST_TOKENS) // max(prompts, 1)
        return min(max(share, LEAST_SHARE_TOKENS), self._most_tokens)

    def observe(
        self, seconds: float, prompt_tokens: int, *, decoding: bool, ended: bool = False
    ) -> None:
        """A step has taken so long, and read so many tokens of prompts; `ended`: one to its end."""
        if not decoding:
            return
        looking = self._chunks >= STALE_STEPS
        self._chunks += bool(prompt_tokens) or looking
        if self._chunks >= STALE_STEPS + LOOK_STEPS:
            self._chunks = 0
        if looking or not prompt_tokens:  # what is read while it looks is the end of a prompt
            self._note(seconds, anew=looking)
            return
        self._plain = 0
        if self._steps and not ended:
            self._learn(max(seconds - statistics.median(self._steps), 1e-6) / prompt_tokens)

    def _note(self, seconds: float, *, anew: bool) -> None:
        self._plain += 1
        if self._plain == 1:
            return
        if anew and self._plain == 2:
            self._steps.clear()
        self._steps.append(seconds)
        if self._plain >= LOOK_STEPS:
            self._chunks = 0

    def _learn(self, seconds_a_token: float) -> None:
        if self._seconds_a_token is None:
            self._seconds_a_token = seconds_a_token
            return
        weight = SLOWER if seconds_a_token > self._seconds_a_token else FASTER
        self._seconds_a_token += weight * (seconds_a_token - self._seconds_a_token)
