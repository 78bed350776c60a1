"""What the scheduler wants done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlx_jupyter.errors import MLXJupyterError

__all__ = [
    "Cause",
    "Effect",
    "Grant",
    "Inspect",
    "Refuse",
    "StartLoad",
    "StopInspection",
    "StopWorker",
]

Cause = Literal["room", "asked", "idle", "pressure", "budget", "unwanted"]
"""Why a model leaves: for another one, because someone asked, its `keep_alive` has passed, the
machine is short of memory, the pool uses more than it may, nobody waits for the load any more."""


@dataclass(frozen=True)
class Inspect:
    """Find the model, fetch it if need be, and report `inspected` or `load_failed`."""

    model: str


@dataclass(frozen=True)
class StopInspection:
    """Nobody wants to know any more; nothing is to be reported."""

    model: str


@dataclass(frozen=True)
class StartLoad:
    """There is room for it; report `loaded` or `load_failed`."""

    model: str


@dataclass(frozen=True)
class StopWorker:
    """End the model's process, loading or loaded, then report `stopped`. `reason` is for people."""

    model: str
    reason: str
    cause: Cause
    made_room_for: str | None = None


@dataclass(frozen=True)
class Grant:
    """`evicted` left so that the model could be loaded for those who waited."""

    ticket: int
    model: str
    evicted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Refuse:
    ticket: int
    error: MLXJupyterError


Effect = Inspect | StopInspection | StartLoad | StopWorker | Grant | Refuse
