"""The environment of a worker process."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

from mlx_jupyter.pool.blas import blas_variables, needs_blas
from mlx_jupyter.pool.cores import usable_cores

__all__ = ["worker_environment"]

_SECRETS = re.compile(
    r"TOKEN$|SECRET|PASSW|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE_KEY|_PAT$|CONNECTION_STRING"
)


def worker_environment(
    base: Mapping[str, str], blas: Path | None, cores: int | None = None
) -> dict[str, str]:
    """`base` without secrets, with what MLX and the libraries under it need.

    - No hub: checkpoints are loaded by path, and a worker never downloads.
    - On Linux CPU `mx.compile` calls g++ for every kernel: the first sampled request took 3.2 s,
      and 0.011 s without; steady speed is the same (mlx 0.32.4).
    - On Linux the C library asks for huge pages for large arrays (glibc 2.35 or newer; others
      ignore it): a load of 0.54 GB took 0.103 s for 0.142 s, and its process ended in 13 ms for
      17 ms.
    - One of the `cores`, None is for those that this process may use, is left to Jupyter, its
      kernels and the page: a BLAS that takes all stalls them.
    """
    env = {name: value for name, value in base.items() if not _is_secret(name)}
    env |= {"HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    if needs_blas():
        env["MLX_DISABLE_COMPILE"] = "1"
    if sys.platform == "linux":
        env.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    if blas is not None:
        env["LD_PRELOAD"] = ":".join(filter(None, [str(blas), base.get("LD_PRELOAD")]))
        env = blas_variables(blas, cores or usable_cores()) | env
    return env


def _is_secret(name: str) -> bool:
    return _SECRETS.search(name.upper()) is not None
