"""A fast BLAS for workers on Linux CPU.

The `mlx[cpu]` wheel links the reference BLAS: 6 GFLOP/s in f32 on two cores, 203 with Debian's
OpenBLAS preloaded (measured with mlx 0.32.4); prefill and batches are 5 to 30 times faster. Both
OpenBLAS and MKL's `libmkl_rt` export the plain `cblas_*` names and so take the reference's place by
LD_PRELOAD. SciPy's bundled OpenBLAS does not (its names carry a prefix).
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["find_blas", "needs_blas"]

_CUDA_BACKENDS = ("mlx-cuda", "mlx-cuda-12", "mlx-cuda-13")
"""Distributions; they share the package `mlx`, so there is no module to look for."""
_SYSTEM = (Path("/usr/lib"), Path("/usr/lib64"), Path("/usr/local/lib"), Path("/opt/OpenBLAS/lib"))
_PATTERNS = (
    "{machine}-linux-gnu/openblas-pthread/libopenblas.so.0",
    "{machine}-linux-gnu/libopenblas.so.0",
    "libopenblasp.so.0",
    "libopenblas.so.0",
    "libopenblas.so",
    "libmkl_rt.so.2",
    "libmkl_rt.so",
)


def needs_blas(system: str = sys.platform) -> bool:
    """Only Linux without CUDA: macOS has Accelerate and Metal."""
    return system == "linux" and not any(map(_is_installed, _CUDA_BACKENDS))


def _is_installed(distribution: str) -> bool:
    try:
        return bool(version(distribution))
    except PackageNotFoundError:
        return False


def find_blas(setting: str, environment: Path = Path(sys.prefix)) -> Path | None:
    """What the trait `blas` means: `off` → None, a path → that file, `auto` → the first one found:
    in
    the Python environment (conda, wheels), then the system's.

    Raises `FileNotFoundError` for a path that is not there.
    """
    if setting == "off":
        return None
    if setting != "auto":
        return _existing(Path(setting))
    if not needs_blas():
        return None
    return next(_candidates([environment / "lib", *_SYSTEM], platform.machine()), None)


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
