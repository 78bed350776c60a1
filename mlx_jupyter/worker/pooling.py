"""From the states of a text's tokens to one vector: sentence-transformers' ways, in f32."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mlx.core as mx

__all__ = ["pool", "unit"]


def pool(states: mx.array, mask: mx.array, poolings: Sequence[str]) -> mx.array:
    """`states` is (texts, tokens, width); `mask` (texts, tokens) has 1 for the tokens that count,
    at least one a text. Gives (texts, width times poolings)."""
    states, mask = states.astype(mx.float32), mask.astype(mx.float32)
    vectors = [_POOLINGS[name](states, mask) for name in poolings]
    return vectors[0] if len(vectors) == 1 else mx.concatenate(vectors, axis=-1)


def unit(vectors: mx.array) -> mx.array:
    """Each row with the length 1; a row of zeros stays one."""
    return vectors / mx.maximum(mx.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _cls(states: mx.array, mask: mx.array) -> mx.array:
    """The first, whether it counts or not: padding is at the right."""
    return states[:, 0]


def _last(states: mx.array, mask: mx.array) -> mx.array:
    places = mx.arange(mask.shape[1])[None, :]
    return _at(states, mx.argmax(mx.where(mask > 0, places, -1), axis=1))


def _at(states: mx.array, places: mx.array) -> mx.array:
    return mx.take_along_axis(states, places[:, None, None], axis=1).squeeze(1)


def _max(states: mx.array, mask: mx.array) -> mx.array:
    return mx.max(mx.where(mask[:, :, None] > 0, states, -mx.inf), axis=1)


def _mean(states: mx.array, mask: mx.array) -> mx.array:
    return _sum(states, mask) / mx.sum(mask, axis=1, keepdims=True)


def _mean_sqrt(states: mx.array, mask: mx.array) -> mx.array:
    return _sum(states, mask) / mx.sqrt(mx.sum(mask, axis=1, keepdims=True))


def _weighted(states: mx.array, mask: mx.array) -> mx.array:
    return _mean(states, mask * mx.arange(1, mask.shape[1] + 1)[None, :])


def _sum(states: mx.array, mask: mx.array) -> mx.array:
    """With `where`, not times: what a model makes of padding may be no number."""
    return mx.sum(mx.where(mask[:, :, None] > 0, states, 0) * mask[:, :, None], axis=1)


_POOLINGS: dict[str, Callable[[mx.array, mx.array], mx.array]] = {
    "cls": _cls,
    "max": _max,
    "mean": _mean,
    "mean_sqrt_len_tokens": _mean_sqrt,
    "weightedmean": _weighted,
    "lasttoken": _last,
}
