"""Stop texts, matched on text and not on tokens.

mlx-lm's own matching is by token sequence, encoded without context, so " Apple" is not stopped by
"Apple"; and its text machine strips the word and goes on (measured with mlx-lm 0.32.2). Here the
text is cut exactly before the stop text that is complete first, wherever the token borders are; of
several that end at the same character the longest wins.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["StopMatcher"]


class StopMatcher:
    """Holds back the longest tail of the text that may still become a stop text."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    def push(self, text: str) -> tuple[str, bool]:
        """The text that is certain now, and whether a stop text was completed."""
        if not self._stops:
            return text, False
        self._held += text
        cut = self._first_match()
        if cut is not None:
            released, self._held = self._held[:cut], ""
            return released, True
        keep = self._open_tail()
        released = self._held[: len(self._held) - keep]
        self._held = self._held[len(self._held) - keep :]
        return released, False

    def flush(self) -> str:
        """The held text: the answer is over, so it became no stop text."""
        held, self._held = self._held, ""
        return held

    def _first_match(self) -> int | None:
        starts = ((self._held.find(stop), stop) for stop in self._stops)
        found = [(start + len(stop), start) for start, stop in starts if start >= 0]
        return min(found)[1] if found else None

    def _open_tail(self) -> int:
        longest = max(len(stop) for stop in self._stops) - 1
        for size in range(min(longest, len(self._held)), 0, -1):
            tail = self._held[-size:]
            if any(stop.startswith(tail) for stop in self._stops):
                return size
        return 0
