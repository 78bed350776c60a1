"""What sequences that run together hold of keys and values, at most. Pure.

LANES   In a batch of mlx-lm a row is padded to the longest, and only rows that are alike share one
        (`worker.lanes`). So a row of n tokens is padded to max(n + ALIKE_TOKENS, ALIKE_RATIO * n),
        and to no more than the longest row there is. At most `max_batch` rows are in a batch.
APART   Each has a cache of its own (`worker.one_by_one`), and no padding.
ALONE   One after the other (`worker.solo`): there is never more than one.

Lengths are those at the end: rows of one lane grow in step, and what is alike stays so. Left out,
and seen in readings: what a row grows by while the prompt of another one is read, a token for each
piece of that; and up to 255 tokens of a cache that grows in mlx-lm's steps from an odd length, as
after a prompt that was known.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from heapq import nlargest

from mlx_jupyter.catalog.kv_cache import KVShape, longest_alike

__all__ = ["Decoding", "held_bytes"]


class Decoding(Enum):
    LANES = "lanes"
    APART = "apart"
    ALONE = "alone"


def held_bytes(
    kv: KVShape, sequences_tokens: Iterable[int], decoding: Decoding, max_batch: int
) -> int:
    """`sequences_tokens` are the tokens that each may come to hold, prompt and answer."""
    rows = nlargest(1 if decoding is Decoding.ALONE else max_batch, sequences_tokens)
    if decoding is Decoding.LANES:
        rows = [min(rows[0], longest_alike(tokens)) for tokens in rows]
    return sum(map(kv.bytes, rows))
