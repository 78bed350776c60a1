"""What every child that computes is started with, so that all compute alike.

On Linux the wheel of MLX links a reference BLAS (6 GFLOP/s in f32 where Debian's OpenBLAS reaches
203), so an OpenBLAS is preloaded if one is found. One core is left to the process that serves.
Compilation of kernels is off: on a CPU it costs 3 s at the first request and gains nothing later.
"""

from __future__ import annotations

import glob
import os
import sys

from msgspec import Struct

__all__ = ["Environment", "find_environment"]

BLAS_PATTERNS = (
    "/usr/lib/*/openblas-pthread/libopenblas.so.0",
    "/usr/lib*/libopenblasp.so.0",
    "/usr/lib*/libopenblas.so.0",
)


class Environment(Struct, frozen=True):
    """`blas` is the library to preload, None where there is none to find or none is needed."""

    blas: str | None
    threads: int

    def variables(self) -> dict[str, str]:
        """The environment of a child: this process's own, and the settings on top."""
        ours = {
            "HF_HUB_OFFLINE": "1",
            "MLX_DISABLE_COMPILE": "1",
            "OPENBLAS_NUM_THREADS": str(self.threads),
            "TOKENIZERS_PARALLELISM": "false",
        }
        preload = {"LD_PRELOAD": self.blas} if self.blas else {}
        return {**os.environ, **ours, **preload}

    def words(self) -> str:
        return f"BLAS {self.blas or 'of the wheel'}, {self.threads} BLAS thread(s)"


def find_environment() -> Environment:
    found = [path for pattern in BLAS_PATTERNS for path in sorted(glob.glob(pattern))]
    blas = found[0] if found and sys.platform == "linux" else None
    return Environment(blas=blas, threads=max(1, (os.cpu_count() or 1) - 1))
