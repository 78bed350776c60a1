"""Which ids a name that is none was meant to be.

Owners repeat (`mlx-community/…`), so that names of one owner look alike; it is the part behind the
last slash that tells models apart. A pair of names scores

    0.7 · likeness of the last parts + 0.3 · likeness of the whole names

or, for a name without an owner, the likeness of the last parts alone; an id that holds the whole
name scores 1. Likeness is difflib's ratio, and case does not count.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["near_ids"]

_LAST_PART = 0.7
_LEAST = 0.55
_MOST = 3
_LONGEST = 200
"""Of what is compared: difflib takes 6 s for 100,000 characters and 40 ids."""


def near_ids(name: str, ids: Iterable[str]) -> list[str]:
    """At most three, the nearest first; none for what is too long to be a slip of the pen."""
    if len(name) > _LONGEST:
        return []
    scored = [(_score(name.casefold(), each.casefold()), each) for each in ids]
    near = sorted((each for each in scored if each[0] >= _LEAST), key=lambda each: -each[0])
    return [each for _, each in near[:_MOST]]


def _score(name: str, model_id: str) -> float:
    if name and name in model_id:
        return 1.0
    last = _likeness(name.rpartition("/")[2], model_id.rpartition("/")[2])
    if "/" not in name:
        return last
    return _LAST_PART * last + (1 - _LAST_PART) * _likeness(name, model_id)


def _likeness(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()
