"""What is said of a request that waits, and the limits that are judged by."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.errors import InsufficientMemory
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.plan import Plan

__all__ = ["Evict", "GoOn", "Limits", "Refused", "Start", "Verdict", "Wait"]


@dataclass(frozen=True)
class Limits:
    """`max_models` 0 is no limit. `host_free_bytes` is what the machine can still give, None where
    it is not asked; `refusing` says why no model may be loaded at all for the time being."""

    budget_bytes: int
    max_models: int = 0
    policy: Policy = Policy.LRU
    host_free_bytes: int | None = None
    refusing: str | None = None


@dataclass(frozen=True)
class GoOn:
    """The READY model takes the request; `overtaken` are the tickets that it was let past."""

    plan: Plan
    overtaken: tuple[int, ...] = ()


@dataclass(frozen=True)
class Start:
    """The model is to be loaded."""

    plan: Plan


@dataclass(frozen=True)
class Evict:
    """Those of the plan are to leave; the request waits on."""

    plan: Plan


@dataclass(frozen=True)
class Wait:
    """`for_others`: for requests of others to end. Else for a load, a look at the files, memory
    on its way back, or a place in a batch."""

    plan: Plan
    for_others: bool = False


@dataclass(frozen=True)
class Refused:
    plan: Plan
    error: InsufficientMemory


Verdict = GoOn | Start | Evict | Wait | Refused
