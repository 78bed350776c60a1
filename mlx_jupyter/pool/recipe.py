"""How a checkpoint is to be loaded, and what it then takes. Pure.

float32   Weights of 16-bit floats may be computed with in 32: on a Linux CPU the former are not
          multiplied fast (measured in `worker.float32`). They then take twice the memory, and of
          quantised weights the scales do. `on` does so always; `auto` where the model then takes no
          more than `FLOAT32_SHARE` of the budget: so the same model gives the same text, whatever
          else is loaded. `quantised` is `auto` for quantised models only.
kv_bits   Keys and values of a text model are quantised.
draft     A smaller model in the same process writes ahead, and the model checks what it wrote; the
          weights, and the keys and values, of both are booked.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.catalog.families import BATCHED_VISION
from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import WrongKind
from mlx_jupyter.pool.rows import Decoding

__all__ = ["FLOAT32_SHARE", "KV_BITS", "Float32", "Recipe", "float32_of", "plan_recipe"]

FLOAT32_SHARE = 0.5
"""The rest is for keys and values, and for other models."""

KV_BITS = (2, 3, 4, 6, 8)
"""What MLX quantises to and mlx-lm's attention reads."""

Float32 = Literal["auto", "quantised", "on", "off"]


@dataclass(frozen=True)
class Recipe:
    checkpoint: Checkpoint
    draft: Checkpoint | None = None
    float32: bool = False
    kv_bits: int | None = None

    @property
    def size_bytes(self) -> int:
        """Of all weights, by their files' headers."""
        return sum(_size_bytes(one, float32=self.float32) for one in self.models)

    @property
    def kv(self) -> KVShape:
        first, *others = (self._kv(one) for one in self.models)
        for other in others:
            first = first.beside(other)
        return first

    @property
    def decoding(self) -> Decoding:
        """How its worker runs several sequences (`worker.text_batches`, `worker.vision`); where its
        config does not say surely, the one that takes the most."""
        model_type, kv = self.checkpoint.model_type, self.checkpoint.kv
        if self.checkpoint.kind == "vision" and model_type not in BATCHED_VISION:
            return Decoding.ALONE
        quantised = self.kv_bits and kv.bytes_per_token and not kv.windows
        return Decoding.APART if quantised else Decoding.LANES

    @property
    def keeps_prompts(self) -> bool:
        """Can a worker keep what it has read for requests that begin alike?"""
        return self.checkpoint.kind == "text"

    @property
    def models(self) -> list[Checkpoint]:
        return [one for one in (self.checkpoint, self.draft) if one is not None]

    def _kv(self, checkpoint: Checkpoint) -> KVShape:
        widened = self.float32 and checkpoint.float32_bytes is not None
        kv = checkpoint.kv.in_float32() if widened else checkpoint.kv
        return kv.quantised(self.kv_bits) if self.kv_bits else kv


def float32_of(setting: Float32, blas: Path | None, *, slow_in_16: bool) -> Float32:
    """What the trait `float32` means here: `slow_in_16` for a CPU, where without a fast BLAS
    numbers of 32 bits are only faster beside quantised ones."""
    if setting != "auto":
        return setting
    if not slow_in_16:
        return "off"
    return "quantised" if blas is None else "auto"


def plan_recipe(
    checkpoint: Checkpoint,
    draft: Checkpoint | None,
    float32: Float32,
    kv_bits: int | None,
    budget_bytes: int,
) -> Recipe:
    """Raises `WrongKind` for a draft that is no text model, or of what is none."""
    if draft is not None:
        _check_kinds(checkpoint, draft)
    wide = Recipe(checkpoint, draft, True, kv_bits if checkpoint.kind == "text" else None)
    return replace(wide, float32=_is_widened(wide, float32, budget_bytes))


def _is_widened(wide: Recipe, float32: Float32, budget_bytes: int) -> bool:
    if not any(one.float32_bytes is not None for one in wide.models):
        return False
    asked = float32 == "auto" or (float32 == "quantised" and wide.checkpoint.quantised)
    fits = wide.size_bytes <= FLOAT32_SHARE * budget_bytes
    return float32 == "on" or (asked and fits)


def _size_bytes(checkpoint: Checkpoint, *, float32: bool) -> int:
    wide_bytes = checkpoint.float32_bytes if float32 else None
    return checkpoint.size_bytes if wide_bytes is None else wide_bytes


def _check_kinds(checkpoint: Checkpoint, draft: Checkpoint) -> None:
    for one in (checkpoint, draft):
        if one.kind != "text":
            raise WrongKind(
                f"'{draft.id}' cannot write ahead for '{checkpoint.id}': '{one.id}' is of kind "
                f"{one.kind}, and both have to be text models.",
                param="draft_model",
            )
