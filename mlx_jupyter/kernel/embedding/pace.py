"""How much is asked for at once.

A slice is what the server does in about a second: so a bar moves, ■ loses little, and what a
request costs beside its texts does not count. The first is small, for nothing is known yet; the
next are as large as the last one's speed allows, but no more than eight times as large.
"""

from __future__ import annotations

from collections.abc import Sequence

from mlx_jupyter.kernel.embedding.row import Row

__all__ = ["Pace", "weight"]

_SECONDS = 1.0
_FIRST_CHARACTERS = 2_000
_MOST_CHARACTERS = 8_000_000
"""Six bytes a character at most, as JSON: below the 64 MiB that the server takes."""
_MOST_ROWS = 10_000
_GROWTH = 8
_CHARACTERS_PER_ROW = 16
"""What a row costs beside its characters."""
_CHARACTERS_PER_TOKEN = 4


def weight(row: Row) -> int:
    """In characters, as far as time is concerned."""
    length = len(row) if isinstance(row, str) else _CHARACTERS_PER_TOKEN * len(row)
    return length + _CHARACTERS_PER_ROW


class Pace:
    def __init__(self) -> None:
        self._characters = _FIRST_CHARACTERS
        self._per_second: float | None = None

    def take(self, weights: Sequence[int]) -> int:
        """How many of the rows with these weights go together; one at least."""
        total = 0
        for count, each in enumerate(weights[:_MOST_ROWS]):
            total += each
            if total > self._characters and count:
                return count
        return min(len(weights), _MOST_ROWS)

    def took(self, characters: int, seconds: float) -> None:
        """Learns from a slice that has been answered."""
        self._per_second = characters / max(seconds, 1e-6)
        most = min(_GROWTH * max(characters, self._characters), _MOST_CHARACTERS)
        self._characters = int(min(_SECONDS * self._per_second, most))

    def seconds_for(self, characters: int) -> float | None:
        """None as long as the speed is unknown."""
        return None if self._per_second is None else characters / self._per_second
