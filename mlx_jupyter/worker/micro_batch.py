"""Which texts go through the model together, and how many at once. Pure.

Sorted by length a batch of mixed texts is hardly padded; padded to its longest, as it came, three
quarters of the work were padding (256 texts: 5 to 7 times slower, measured). A batch ends where
padding would cost more than another batch does. It takes about `STEP_SECONDS`, on any device and
with any model: so long does a request of one text wait for another's batch, and beyond that a batch
gains nothing on a CPU (256 to 1024 tokens are equal for a MiniLM, 4096 are a third slower).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Limits", "Pace", "batch_size"]

STEP_SECONDS = 0.1
"""4,096 texts go through at 0.98 of a direct loop's speed, with 0.05 at 0.94 (measured)."""
CALL_SECONDS = 0.002
"""What a batch costs beside its tokens: so much padding is worth another one."""
LEAST_TOKENS, FIRST_TOKENS = 64, 256
_NEWEST_SHARE = 0.3


class Limits(NamedTuple):
    """Of a batch: `tokens` with the padding, and `padding` alone."""

    tokens: int
    padding: int


class Pace:
    """Learns from the batches so far how large the next may be: `most_tokens` at most, for
    memory's sake."""

    def __init__(self, most_tokens: int) -> None:
        self._most_tokens = most_tokens
        self._tokens_per_second: float | None = None

    @property
    def limits(self) -> Limits:
        speed = self._tokens_per_second or FIRST_TOKENS / STEP_SECONDS
        tokens = min(max(LEAST_TOKENS, int(speed * STEP_SECONDS)), self._most_tokens)
        return Limits(tokens, int(speed * CALL_SECONDS))

    def took(self, tokens: int, seconds: float) -> None:
        """From a small batch nothing is learnt: it is mostly the call itself."""
        if tokens < self.limits.tokens / 2:
            return
        speed, known = tokens / max(seconds, 1e-6), self._tokens_per_second
        self._tokens_per_second = (
            speed if known is None else known + _NEWEST_SHARE * (speed - known)
        )


def batch_size(lengths: Iterable[int], limits: Limits) -> int:
    """How many of the first texts go together; `lengths` has the longest first. One at least."""
    count = longest = padding = 0
    for length in lengths:
        longest = longest or length
        padding += longest - length
        if count and (padding > limits.padding or (count + 1) * longest > limits.tokens):
            break
        count += 1
    return count
