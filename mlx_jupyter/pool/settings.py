"""What the pool is told once, at its start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.host import Host, read_host
from mlx_jupyter.pool.recipe import Float32

__all__ = ["Cache", "PoolSettings"]


class Cache(Protocol):
    """What is kept in this process for speed only: it lives on what models leave over, and goes
    first under pressure."""

    used_bytes: int

    def fit(self, free_bytes: int) -> None: ...
    def shed(self) -> None: ...


@dataclass(frozen=True)
class PoolSettings:
    """`memory_limit` as `budget.parse_limit` reads it. `keep_alive_seconds` None is for ever.
    `environment` is that of workers, `download_environment` that of the hub's client, which may
    need a token; of `trusted` models the Python files are fetched too. `prompt_cache` is a share of
    the budget, or a size (`budget.parse_share`); `draft_models` are by model id. What `float32` and
    `kv_bits` mean is in `recipe`. A worker that owes a frame for `hang_seconds` is ended.
    `read_host` and `watch_seconds` are for tests."""

    environment: Mapping[str, str]
    max_batch: int = 16
    spare_workers: int = 1
    memory_limit: str | int | float = "75%"
    max_models: int = 0
    policy: Policy = Policy.LRU
    keep_alive_seconds: float | None = 1800.0
    queue_timeout_seconds: float = 300.0
    max_queue: int = 64
    allow_downloads: bool = False
    trusted: frozenset[str] = frozenset()
    download_environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    history_file: Path | None = None
    preload: tuple[str, ...] = ()
    caches: tuple[Cache, ...] = ()
    prompt_cache: str | int | float = "10%"
    prompt_cache_dir: Path | None = None
    kv_bits: int | None = None
    draft_models: Mapping[str, str] = field(default_factory=dict)
    float32: Float32 = "off"
    hang_seconds: float = 120.0
    comeback_seconds: float = 0.5
    watch_seconds: float = 1.0
    read_host: Callable[[], Host] = read_host
