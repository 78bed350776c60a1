"""A fast BLAS for workers on Linux CPU.

The `mlx[cpu]` wheel links the reference BLAS: 6 GFLOP/s in f32 on two cores, 203 with Debian's
OpenBLAS preloaded (measured with mlx 0.32.4); prefill and batches are 5 to 30 times faster. Both
OpenBLAS and MKL's `libmkl_rt` export the plain `cblas_*` names and so take the reference's place by
LD_PRELOAD. SciPy's bundled OpenBLAS does not (its names carry a prefix).

Tried with Debian's OpenBLAS 0.3.21 in its three variants (threads, OpenMP, serial: one of them is
behind `libopenblas.so.0`) and MKL 2026.2 from its wheel. The OpenMP one does not look at
OPENBLAS_NUM_THREADS but at OMP_NUM_THREADS. MKL ends the process at the first product where Intel's
OpenMP library is not beside it, unless it is told to compute sequentially.

One core is left to Jupyter, its kernels and the page: threads that wait for each other spin, and
where a core is taken from them all wait. On two cores two models at once reach 30 GFLOP/s together
with a thread each, and 18 with two each.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["blas_variables", "find_blas", "needs_blas"]

_CUDA_BACKENDS = ("mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""Distributions; they share the package `mlx`, so there is no module to look for."""
_SYSTEM = (
    Path("/usr/lib"),
    Path("/usr/lib64"),
    Path("/usr/local/lib"),
    Path("/opt/OpenBLAS/lib"),
    Path("/opt/intel/oneapi/mkl/latest/lib"),
)
_PATTERNS = (
    "{machine}-linux-gnu/openblas-pthread/libopenblas.so.0",  # Debian
    "{machine}-linux-gnu/libopenblas.so.0",
    "openblas-pthreads/libopenblas.so.0",  # openSUSE
    "libopenblasp.so.0",  # Fedora: with threads, with OpenMP, and serial
    "libopenblaso.so.0",
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.3",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
    "{machine}-linux-gnu/libmkl_rt.so",
)


def needs_blas(system: str = sys.platform) -> bool:
    """Only Linux without CUDA: macOS has Accelerate and Metal."""
    return system == "linux" and not any(map(_is_installed, _CUDA_BACKENDS))


def _is_installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def find_blas(
    setting: str, environment: Path = Path(sys.prefix), base: Path = Path(sys.base_prefix)
) -> Path | None:
    """What the trait `blas` means: `off` → None, a path → that file, `auto` → the first one found:
    in the Python environment (conda, wheels) and the one it was made from, then the system's.

    Raises `FileNotFoundError` for a path that is not there.
    """
    if setting == "off":
        return None
    if setting != "auto":
        return _existing(Path(setting))
    if not needs_blas():
        return None
    folders = [environment / "lib", base / "lib", *_SYSTEM]
    return next(_candidates(folders, platform.machine()), None)


def blas_variables(blas: Path, cores: int) -> dict[str, str]:
    """How many threads it starts, for a process that is one of those on `cores` cores."""
    threads = str(max(1, cores - 1))
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
    variables = dict.fromkeys(names, threads)
    if blas.name.startswith("libmkl_rt") and not (blas.parent / "libiomp5.so").exists():
        variables["MKL_THREADING_LAYER"] = "SEQUENTIAL"
    return variables


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise FileNotFoundError(f"blas: there is no file {file}")
    return file


def _candidates(folders: Sequence[Path], machine: str) -> Iterator[Path]:
    return (
        file
        for folder in folders
        for pattern in _PATTERNS
        if (file := folder / pattern.format(machine=machine)).is_file()
    )
