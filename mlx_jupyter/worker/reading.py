"""MLX's own memory counters, and what this process computes with."""

from __future__ import annotations

import os
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import mlx.core as mx

from mlx_jupyter import heap
from mlx_jupyter.messages import Hello, Reading

__all__ = ["hello", "reading", "shed"]

_LIBRARIES = ("mlx", "mlx-lm", "mlx-vlm", "mlx-embeddings", "transformers")
_FAST_BLAS = ("libopenblas", "libmkl_rt")


def reading(prompt_cache_bytes: int = 0, image_cache_bytes: int = 0) -> Reading:
    """Bytes, for the whole process: MLX counts across threads."""
    return Reading(
        active_bytes=mx.get_active_memory(),
        cached_bytes=mx.get_cache_memory(),
        peak_bytes=mx.get_peak_memory(),
        prompt_cache_bytes=prompt_cache_bytes,
        image_cache_bytes=image_cache_bytes,
    )


def shed() -> None:
    """Gives back the buffers that MLX keeps for reuse, and what the C library keeps of others."""
    mx.clear_cache()
    heap.trim()


def hello() -> Hello:
    return Hello(
        pid=os.getpid(),
        device=mx.default_device().type.name,
        blas=_mapped_blas(),
        versions={name: found for name in _LIBRARIES if (found := _version(name))},
        device_memory_bytes=_device_memory_bytes(),
    )


def _device_memory_bytes() -> int | None:
    """What Metal recommends to use at most; all of it on CUDA; None on a CPU."""
    if mx.default_device().type != mx.DeviceType.gpu:
        return None
    info = mx.device_info()
    found = info.get("max_recommended_working_set_size") or info.get("total_memory")
    return int(found) if found else None


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _mapped_blas() -> str | None:
    """The fast BLAS that is mapped into this process: the proof that the preload worked."""
    if sys.platform != "linux":
        return None
    maps = Path("/proc/self/maps").read_text().splitlines()
    files = (Path(line.split(maxsplit=5)[-1]) for line in maps)
    return next((str(file) for file in files if file.name.startswith(_FAST_BLAS)), None)
