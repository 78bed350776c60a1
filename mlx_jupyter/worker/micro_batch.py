"""Which texts go through the model together. Pure."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["micro_batches"]


def micro_batches(lengths: Sequence[int], budget_tokens: int) -> list[list[int]]:
    """The places of all texts, by length and the longest first, so cut that no batch has more than
    `budget_tokens`, padding included, unless one text alone has.

    Sorted by length a batch of mixed texts is hardly padded; padded to its longest, as it came,
    three quarters of the work were padding (256 texts: 5 to 7 times slower, measured).
    """
    batches: list[list[int]] = []
    longest = 0
    for place in sorted(range(len(lengths)), key=lambda place: -lengths[place]):
        if not batches or (len(batches[-1]) + 1) * longest > budget_tokens:
            batches.append([])
            longest = lengths[place]
        batches[-1].append(place)
    return batches
