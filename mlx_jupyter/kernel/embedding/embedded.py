"""What a run of embeddings tells: how far it is, and at last what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["EmbedProgress", "Embedded"]


@dataclass(frozen=True)
class EmbedProgress:
    """`done` of `total` texts have their vectors, and those of `kept` are on disk."""

    done: int
    total: int
    kept: int
    seconds_left: float | None = None


@dataclass(frozen=True, eq=False)
class Embedded:
    """`vectors` has a row for each text, in their order. Those of `cached` texts were on disk; for
    the others the model has read `tokens`. `evicted` are models that had to leave for it."""

    vectors: NDArray[float32]
    model: str
    cached: int
    tokens: int
    seconds: float
    evicted: tuple[str, ...] = ()
