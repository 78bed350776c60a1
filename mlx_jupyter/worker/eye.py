"""Stands where a model has its vision tower, and computes no picture's features twice.

A conversation asks about the same pictures in every turn, and a tower takes most of the time to the
first token. So features are kept by the hash of what the tower is given: pixels after the
processor, with their grid or mask.

They do not depend on the pictures beside: Qwen-VL's towers look at each on its own (`cu_seqlens`),
the others at rows of tiles. Where that pays each is therefore encoded alone, which also lets a
cancel in between. Small ones are left in one call, so that their features are to the last bit what
the tower alone would give (a BLAS rounds differently for another number of rows).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import mlx.core as mx
import mlx.nn as nn
import numpy as np

__all__ = ["Eye", "eye_of"]

LIGHT_VALUES = 2**20
"""Up to so many numbers a call is not divided: 590 x 590 pixels, half of it for Qwen-VL, which has
every pixel twice."""
KEPT_BYTES = 128 * 2**20
"""Thirteen pictures of 1024 x 1024 for a model as wide as Qwen2-VL 7B, in 16 bits."""


@dataclass(frozen=True)
class _Look:
    """One call of the tower; `weight` is its share of the prompt's image tokens."""

    pixels: mx.array
    args: tuple[Any, ...]
    options: dict[str, Any]
    weight: int


Cut = Callable[[mx.array, tuple[Any, ...], dict[str, Any]], Iterator[_Look]]


class Eye:
    """Called as the tower is. `between` is called before each picture that is encoded, and may
    raise. `known` of `seen` is how much was remembered since `begin`, in the tower's own units;
    `kept_bytes` are those of all features that are remembered now."""

    def __init__(self, tower: nn.Module, cut: Cut) -> None:
        self._tower = tower
        self._cut = cut
        self._kept: OrderedDict[bytes, Any] = OrderedDict()
        self.kept_bytes = 0
        self.between: Callable[[], None] = _nothing
        self.seen = self.known = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tower, name)

    def begin(self) -> None:
        """A prompt's pictures follow; what is too much of the earlier ones is forgotten."""
        self.seen = self.known = 0
        self._forget(KEPT_BYTES)

    def share_known(self, tokens: int) -> int:
        """How many of a prompt's image tokens stand for what was remembered."""
        return tokens * self.known // self.seen if self.seen else 0

    def forget(self) -> None:
        self._forget(0)

    def __call__(self, pixels: mx.array, *args: Any, **options: Any) -> Any:
        looks = self._divided(pixels, args, options)
        return _joined([self._see(look) for look in looks])

    def encode(self, pixels: mx.array, *args: Any, **options: Any) -> Iterator[None]:
        """As the call, a picture a step; afterwards the call remembers them all."""
        for look in self._divided(pixels, args, options):
            self._see(look)
            yield

    def _divided(
        self, pixels: mx.array, args: tuple[Any, ...], options: dict[str, Any]
    ) -> list[_Look]:
        looks = list(self._cut(pixels, args, options))
        if len(looks) < 2 or pixels.size > LIGHT_VALUES:
            return looks
        return [_Look(pixels, args, options, sum(look.weight for look in looks))]

    def _see(self, look: _Look) -> Any:
        key = _key(look)
        self.seen += look.weight
        if key in self._kept:
            self.known += look.weight
            self._kept.move_to_end(key)
            return self._kept[key]
        self.between()
        features = _needed(self._tower(look.pixels, *look.args, **look.options))
        mx.eval(features)
        self._kept[key] = features
        self.kept_bytes += _bytes(features)
        return features

    def _forget(self, down_to_bytes: int) -> None:
        while self._kept and self.kept_bytes > down_to_bytes:
            _, features = self._kept.popitem(last=False)
            self.kept_bytes -= _bytes(features)


def eye_of(model: nn.Module, model_type: str) -> Eye | None:
    """The eye that takes the place of the model's tower; None for a family whose tower takes its
    pictures in a way that is not known here."""
    known = _FAMILIES.get(model_type)
    if known is None:
        return None
    name, cut = known
    eye = Eye(getattr(model, name), cut)
    setattr(model, name, eye)
    return eye


def _by_grid(pixels: mx.array, args: tuple[Any, ...], options: dict[str, Any]) -> Iterator[_Look]:
    """Qwen-VL: `pixels` (patches, values) of all pictures together; the grid (pictures, 3) says how
    many patches each has: time x height x width."""
    grid, *rest = args
    start = 0
    for place, patches in enumerate(np.asarray(grid).prod(axis=1)):
        end = start + int(patches)
        yield _Look(pixels[start:end], (grid[place : place + 1], *rest), options, end - start)
        start = end


def _by_row(pixels: mx.array, args: tuple[Any, ...], options: dict[str, Any]) -> Iterator[_Look]:
    """Gemma 3, Idefics 3, SmolVLM: `pixels` (tiles, height, width, 3), a mask for each tile."""
    for row in range(pixels.shape[0]):
        here = slice(row, row + 1)
        each = {name: _row(value, here, pixels.shape[0]) for name, value in options.items()}
        yield _Look(pixels[here], args, each, 1)


def _row(value: Any, here: slice, rows: int) -> Any:
    is_each = isinstance(value, mx.array) and value.ndim > 0 and value.shape[0] == rows
    return value[here] if is_each else value


_FAMILIES: dict[str, tuple[str, Cut]] = {
    "qwen2_vl": ("vision_tower", _by_grid),
    "qwen2_5_vl": ("vision_tower", _by_grid),
    "qwen3_vl": ("vision_tower", _by_grid),
    "gemma3": ("vision_tower", _by_row),
    "idefics3": ("vision_model", _by_row),
    "smolvlm": ("vision_model", _by_row),
}


def _needed(output: Any) -> Any:
    """Towers by row return every layer's states too, which nobody reads: only the first is kept."""
    if isinstance(output, tuple) and len(output) == 3:
        return (output[0], None, None)
    return output


def _joined(outputs: list[Any]) -> Any:
    """What one call for all would have returned."""
    first = outputs[0]
    if first is None:
        return None
    if isinstance(first, mx.array):
        return first if len(outputs) == 1 else mx.concatenate(outputs)
    return type(first)(_joined(list(column)) for column in zip(*outputs, strict=True))


def _key(look: _Look) -> bytes:
    """Of the arrays; what else a family passes to its tower is always the same."""
    found = hashlib.sha256()
    for value in (look.pixels, *look.args, *look.options.values()):
        if isinstance(value, mx.array):
            found.update(repr((value.shape, value.dtype)).encode())
            found.update(np.asarray(mx.contiguous(value).reshape(-1).view(mx.uint8)).data)
    return found.digest()


def _bytes(features: Any) -> int:
    if isinstance(features, mx.array):
        return int(features.nbytes)
    return sum(_bytes(each) for each in features if each is not None)


def _nothing() -> None:
    """There is nothing to look for."""
