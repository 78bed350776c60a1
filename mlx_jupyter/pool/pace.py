"""How fast a worker writes: tokens a second, of all its requests together."""

from __future__ import annotations

from collections import deque

__all__ = ["Pace"]

WINDOW_SECONDS = 3.0
LAST_STEPS = 256


class Pace:
    """Over the last three seconds, or fewer where 256 steps take less. Times are on one clock."""

    def __init__(self) -> None:
        self._steps: deque[tuple[float, int]] = deque(maxlen=LAST_STEPS)

    def add(self, tokens: int, now: float) -> None:
        """A step has brought so many."""
        if tokens:
            self._steps.append((now, tokens))

    def tokens_per_second(self, now: float) -> float | None:
        """None when nothing has been written lately. The tokens of the first step were made before
        the time that is counted."""
        steps = [step for step in self._steps if now - step[0] <= WINDOW_SECONDS]
        if len(steps) < 2 or steps[-1][0] <= steps[0][0]:
            return None
        return sum(tokens for _, tokens in steps[1:]) / (steps[-1][0] - steps[0][0])
