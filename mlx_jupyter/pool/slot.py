"""The seat of one model: ABSENT → LOADING → READY → UNLOADING → ABSENT."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from mlx_jupyter.errors import MLXJupyterError

__all__ = ["Slot", "State"]


class State(Enum):
    ABSENT = "absent"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"


@dataclass
class Slot:
    """`leases` and `waiting` are tickets, the latter in order of arrival. `last_error` is why the
    last load or worker failed, kept until a load succeeds."""

    model: str
    state: State = State.ABSENT
    waiting: list[int] = field(default_factory=list)
    leases: set[int] = field(default_factory=set)
    last_error: MLXJupyterError | None = None
