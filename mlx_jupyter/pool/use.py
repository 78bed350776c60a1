"""What one use asks of the pool besides the model, and what came of a load."""

from __future__ import annotations

from dataclasses import dataclass

from msgspec import UNSET, UnsetType

from mlx_jupyter.pool.eviction import Policy

__all__ = ["LoadResult", "SwitchReport", "Use"]


@dataclass(frozen=True)
class Use:
    """`sequences_tokens`: the tokens that each sequence may come to hold, prompt and answer.
    `client` is who asks, for fairness. `keep_alive_seconds` counts from the end of this use: None
    is for ever, UNSET what the model or the pool has. `policy` is for what must leave for it.
    `draft` is the id of the model that is to write ahead, None for whatever the load has."""

    sequences_tokens: tuple[int, ...] = ()
    client: str = ""
    keep_alive_seconds: float | UnsetType | None = UNSET
    policy: Policy | None = None
    draft: str | None = None


@dataclass(frozen=True)
class LoadResult:
    """`load_seconds` is None for a model that was there already."""

    already_loaded: bool
    evicted: tuple[str, ...]
    size_bytes: int
    load_seconds: float | None


@dataclass(frozen=True)
class SwitchReport:
    already_loaded: bool
    evicted: tuple[str, ...]
    required_bytes: int
    available_before_bytes: int
    freed_bytes: int
    estimated_load_seconds: float | None
