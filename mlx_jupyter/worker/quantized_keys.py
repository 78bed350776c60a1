"""Keys and values in a few bits: mlx-lm's `QuantizedKVCache` in the place of a `KVCache`.

A number takes `bits / 8 + 2 * scale_bytes / group` bytes: the scale and the bias of a group are in
what the model computes in. In groups of 64, that of a bf16 model takes 1.0625 bytes with 8 bits and
0.5625 with 4, for 2; of an f32 one 1.125 and 0.625, for 4 (`nbytes` of the caches, exactly).

What a layer with a sliding window keeps, or a recurrent one, does not grow and stays as it is; a
model that has no other layers is served as without. As
in mlx-lm with `quantized_kv_start=0`, what a chunk of a prompt comes to is quantised after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
from mlx_lm.models.cache import ArraysCache, KVCache, RotatingKVCache, make_prompt_cache

__all__ = ["KeyQuantizer", "key_quantizer"]

GROUPS = (64, 32)


@dataclass(frozen=True)
class KeyQuantizer:
    bits: int
    group: int

    def __call__(self, caches: list[Any]) -> None:
        """In place; what is quantised already is left alone."""
        for place, cache in enumerate(caches):
            if type(cache) is KVCache:
                caches[place] = cache.to_quantized(group_size=self.group, bits=self.bits)


def key_quantizer(model: nn.Module, bits: int) -> KeyQuantizer | None:
    """Tried on the model; None where nothing grows. Raises `ValueError` where it cannot be, with
    the reason."""
    caches = make_prompt_cache(model)
    plain = [cache for cache in caches if type(cache) is KVCache]
    if all(isinstance(cache, RotatingKVCache | ArraysCache) for cache in caches):
        return None
    if not plain:
        kinds = ", ".join(sorted({type(cache).__name__ for cache in caches}))
        raise ValueError(
            f"its keys and values ({kinds}) cannot be quantised by mlx-lm; leave kv_bits out"
        )
    try:
        mx.eval(model(mx.array([[0]]), cache=caches))
        quantizer = KeyQuantizer(bits, _group(plain))
        quantizer(caches)
        mx.eval(model(mx.array([[0]]), cache=caches))
    except (ValueError, TypeError, AttributeError, RuntimeError) as error:
        words = " ".join(str(error).split())
        raise ValueError(f"kv_bits={bits} is not for this model: {words}") from error
    return quantizer


def _group(caches: Sequence[KVCache]) -> int:
    """The largest that divides the rows of keys and of values."""
    sizes = {side.shape[-1] for cache in caches for side in (cache.keys, cache.values)}
    fitting = (group for group in GROUPS if all(size % group == 0 for size in sizes))
    group = next(fitting, None)
    if group is None:
        raise ValueError(f"a head has {min(sizes)} numbers, and no multiple of {GROUPS[-1]}")
    return group
