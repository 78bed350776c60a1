"""Faults of mlx-lm that batching would meet, mended on the loaded model.

Gemma 2 (mlx-lm 0.32.2, models/gemma2.py) groups its query heads into a fifth axis and applies a
batch's four-axis mask without that axis: most batches of prompts of different lengths raise, and
one whose size is the number of key heads is silently wrong. May go when a batch of two unequal
prompts equals the single runs.
"""

from __future__ import annotations

from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.gemma2 import Attention as Gemma2Attention

__all__ = ["repair"]


class _GroupedMask(nn.Module):
    """An attention whose mask gets the axis of the query groups: (B, 1, L, S) → (B, 1, 1, L, S)."""

    def __init__(self, attention: Gemma2Attention) -> None:
        super().__init__()
        self.attention = attention

    def __call__(self, x: mx.array, mask: Any = None, cache: Any = None) -> mx.array:
        if isinstance(mask, mx.array) and mask.ndim == 4:
            mask = mask[:, None]
        return self.attention(x, mask, cache)


def repair(model: nn.Module) -> None:
    """Changes `model` in place; one that needs nothing is left as it is."""
    for layer in model.layers:
        attention = getattr(layer, "self_attn", None)
        if isinstance(attention, Gemma2Attention) and attention.repeats > 1:
            layer.self_attn = _GroupedMask(attention)
