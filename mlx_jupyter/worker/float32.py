"""Weights of 16 bits, computed with in 32.

A BLAS knows no bf16, and MLX's own loops for it reach 8 GFLOP/s on two cores, where OpenBLAS
reaches 200 in f32. Scales of quantised weights count too: with bf16 ones the product of MLX 0.32.4
is 20 times slower than with f32 ones. What that comes to, of a llama of 60 million parameters on
one core of a busy Linux machine, as the ratio of f32 to what is in the checkpoint:

    tokens/s                          prefill   1 stream   4 streams   16 streams
    bf16, OpenBLAS                    9 to 44   2 to 6     4 to 13     6 to 8
    f16, OpenBLAS                     10 to 46  2 to 3     3 to 11     6 to 10
    bf16, the wheel's BLAS            0.3-0.8   0.8-1      0.4         0.2-0.6
    4 bits with bf16 scales, either   10 to 17  25         5

So it pays on a CPU, with a fast BLAS or where weights are quantised; never on a GPU.
"""

from __future__ import annotations

import mlx.core as mx
import mlx.nn as nn
from mlx.utils import tree_flatten

__all__ = ["widen"]


def widen(model: nn.Module) -> None:
    """Casts the model's weights to f32, one after the other: of no more than one are there both at
    once. What is quantised stays so, but for its scales."""
    model.set_dtype(mx.float32)
    for _, weight in tree_flatten(model.parameters()):
        mx.eval(weight)
