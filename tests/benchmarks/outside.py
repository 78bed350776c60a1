"""A load outside of any server: for every line it reads it loads the checkpoint with mlx-lm, and
says how many seconds that took.

python -m tests.benchmarks.outside CHECKPOINT
"""

from __future__ import annotations

import gc
import sys
from time import perf_counter as clock

import mlx.core as mx
from mlx_lm import load


def main() -> int:
    for _ in sys.stdin:
        start = clock()
        model, tokenizer = load(sys.argv[1])
        sys.stdout.write(f"{clock() - start}\n")
        sys.stdout.flush()
        del model, tokenizer
        gc.collect()
        mx.clear_cache()
    return 0


if __name__ == "__main__":
    sys.exit(main())
