"""Which lengths of sequences may share a batch, and in what pieces prompts are read there. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Collection

from mlx_jupyter.catalog.kv_cache import longest_alike

__all__ = ["all_alike", "whole_pieces"]


def all_alike(lengths: Collection[int]) -> bool:
    """Each with each: those that were like the longest only would come step by step, until the
    shortest was padded to any length."""
    return max(lengths) <= longest_alike(min(lengths))


def whole_pieces(chunk: int, heads: Collection[int]) -> int:
    """About `chunk`, so that none of `heads`, the pieces that are to be read, is left with a single
    token for a turn of its own: in mlx-lm 0.32.2 the sliding windows of a batch are wrong after
    that."""
    least = max(chunk, 2)
    sizes = itertools.chain(range(least, 1, -1), itertools.count(least + 1))
    return next(size for size in sizes if size + 1 not in heads)
