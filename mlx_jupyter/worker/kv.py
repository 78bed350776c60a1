"""The keys and values of one sequence, as mlx-lm's caches hold them: a list, one cache a layer.

An MLX array never changes: to write into one makes another, so copies may share their arrays.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator
from typing import Any

import mlx.core as mx
from mlx_lm.models.cache import (
    ArraysCache,
    BatchKVCache,
    CacheList,
    KVCache,
    RotatingKVCache,
)

from mlx_jupyter.worker.prefixes import Tokens, common

__all__ = [
    "KV",
    "bytes_of",
    "can_cut",
    "compact",
    "cut",
    "reach",
    "settle",
    "uncopied",
    "uncut",
    "usable",
]

KV = list[Any]


def reach(kv: KV) -> float:
    """Up to how many tokens such caches can be cut back to fewer: keys and values always, a sliding
    window until it is full, a state (Mamba, linear attention) never."""
    return min((_reach(layer) for layer in _leaves(kv)), default=0)


def _reach(layer: Any) -> float:
    if isinstance(layer, KVCache):
        return math.inf
    return int(layer.max_size) - 1 if isinstance(layer, RotatingKVCache) else 0


def can_cut(kv: KV) -> bool:
    return all(layer.is_trimmable() for layer in kv)


def usable(kv: KV, tokens: Tokens, prompt: Tokens) -> int:
    """How much of the prompt can be taken from `kv`, which holds `tokens`: all but its last token,
    which is read anew for the first logits."""
    shared = min(common(tokens, prompt), len(prompt) - 1)
    return shared if shared == len(tokens) or can_cut(kv) else 0


def cut(kv: KV, tokens: int) -> KV:
    """A copy without the last `tokens`."""
    shorter = uncut(kv)
    for layer in shorter:
        layer.trim(tokens)
    return shorter


def uncut(kv: KV) -> KV:
    """A copy that shares the arrays: whoever goes on from it leaves the original as it is."""
    return copy.deepcopy(kv)


def uncopied(kv: KV) -> KV:
    """For mlx-lm's batch, which copies keys and values into rows of their own: one sequence alone
    becomes a batch as it is. Of 300 MB that was a third of the gap as it joined (mlx-lm 0.32.2)."""
    return [_Alone(layer) if type(layer) is KVCache else layer for layer in kv]


class _Alone(KVCache):
    def __init__(self, layer: KVCache) -> None:
        super().__init__()
        self.keys, self.values, self.offset = layer.keys, layer.values, layer.offset

    @classmethod
    def merge(cls, caches: list[KVCache]) -> BatchKVCache:
        (first, *others) = caches
        if others or first.empty():
            return super().merge(caches)
        batch = BatchKVCache([0])
        batch.keys = first.keys[..., : first.offset, :]
        batch.values = first.values[..., : first.offset, :]
        batch.offset += first.offset
        batch._idx = first.offset
        return batch


def compact(kv: KV) -> KV:
    """With arrays of their own: of a state mlx-lm takes out a slice, which keeps all rows alive.
    (Keys and values it copies.) They are made by `settle`."""
    for layer in _leaves(kv):
        if isinstance(layer, ArraysCache):
            layer.cache = [one if one is None else mx.contiguous(one) for one in layer.cache]
    return kv


def settle(kv: KV) -> None:
    """Makes the arrays, and so lets go of the batch that they are taken from."""
    mx.eval([layer.state for layer in kv])


def bytes_of(kv: KV) -> int:
    return sum(int(layer.nbytes) for layer in kv)


def _leaves(kv: KV) -> Iterator[Any]:
    for layer in kv:
        if isinstance(layer, CacheList):
            yield from _leaves(list(layer.caches))
        else:
            yield layer
