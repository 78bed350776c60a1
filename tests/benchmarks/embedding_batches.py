"""How the floor cuts its texts into micro-batches. Pure, and on its own: ours is not measured by
itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median

__all__ = ["BUDGETS_TOKENS", "best_budget", "budget_for", "sorted_batches"]

BUDGETS_TOKENS = (128, 256, 512, 1024, 2048, 4096, 8192)


def sorted_batches(lengths: Sequence[int], budget_tokens: int) -> list[list[int]]:
    """Places, the longest first; no batch has more than the budget, padding included, unless one
    text alone has."""
    batches: list[list[int]] = []
    for place in sorted(range(len(lengths)), key=lengths.__getitem__, reverse=True):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= budget_tokens:
            batches[-1].append(place)
        else:
            batches.append([place])
    return batches


def best_budget(seconds: Mapping[int, Sequence[float]]) -> int:
    """The one with the least median."""
    return min(seconds, key=lambda budget: median(seconds[budget]))


def budget_for(texts: int, budgets_tokens: Mapping[int, int]) -> int:
    """`budgets_tokens` by the number of texts from which they are best, the least for all below:
    few texts of many lengths are much padded in large batches."""
    from_texts = [least for least in budgets_tokens if least <= texts]
    return budgets_tokens[max(from_texts, default=min(budgets_tokens))]
