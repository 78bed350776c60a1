"""The recipe's only source of chance."""

from random import Random

__all__ = ["dice"]


def dice(seed: int) -> Random:
    """A generator that always draws the same from the same seed."""
    return Random(seed)  # noqa: S311 - nothing secret is drawn
