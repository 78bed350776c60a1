"""What happens next: an event comes in, effects go out. No clock, no process, no waiting.

A ticket stands for one use of one model, from `acquire` to `release`. The rules:

1. A READY model grants at once.
2. A LOADING or UNLOADING model lets the ticket wait: one load serves all who wait for it.
3. An ABSENT model starts to load, and the ticket waits.
4. When a load succeeds, all who wait are granted, in order of arrival.
5. When it fails, all who wait are refused with the same error, and the slot is clean.
6. When the last one who waits for a load goes away, the load is ended: nobody wants it.
7. When a worker dies, its leases are void and the next use loads anew.
8. A model that someone uses is not unloaded, unless forced.
9. When a model is gone and someone waits for it, it loads again.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.errors import MLXJupyterError, ModelInUse, NotFound
from mlx_jupyter.pool.slot import Slot, State

__all__ = ["Effect", "Grant", "Refuse", "Scheduler", "StartLoad", "StopWorker"]


@dataclass(frozen=True)
class StartLoad:
    model: str


@dataclass(frozen=True)
class StopWorker:
    """End the model's process, loading or loaded, then report `stopped`."""

    model: str


@dataclass(frozen=True)
class Grant:
    ticket: int
    model: str


@dataclass(frozen=True)
class Refuse:
    ticket: int
    error: MLXJupyterError


Effect = StartLoad | StopWorker | Grant | Refuse


class Scheduler:
    def __init__(self) -> None:
        self.slots: dict[str, Slot] = {}

    def slot(self, model: str) -> Slot:
        """The model's slot; one that was never asked for is ABSENT."""
        return self.slots.get(model) or Slot(model)

    def acquire(self, ticket: int, model: str) -> list[Effect]:
        slot = self.slots.setdefault(model, Slot(model))
        if slot.state is State.READY:  # 1
            slot.leases.add(ticket)
            return [Grant(ticket, model)]
        slot.waiting.append(ticket)
        if slot.state is not State.ABSENT:  # 2
            return []
        slot.state = State.LOADING  # 3
        return [StartLoad(model)]

    def release(self, ticket: int, model: str) -> list[Effect]:
        """The use is over, or was given up while it waited. A ticket that is void is no error."""
        slot = self.slots[model]
        slot.leases.discard(ticket)
        if ticket not in slot.waiting:
            return []
        slot.waiting.remove(ticket)
        if slot.waiting or slot.state is not State.LOADING:
            return []
        slot.state = State.UNLOADING  # 6
        return [StopWorker(model)]

    def loaded(self, model: str) -> list[Effect]:
        slot = self.slots[model]
        if slot.state is not State.LOADING:
            return []
        slot.state, slot.last_error = State.READY, None
        granted, slot.waiting = slot.waiting, []
        slot.leases.update(granted)
        return [Grant(ticket, model) for ticket in granted]  # 4

    def load_failed(self, model: str, error: MLXJupyterError) -> list[Effect]:
        slot = self.slots[model]
        if slot.state is not State.LOADING:
            return []
        slot.state, slot.last_error = State.ABSENT, error
        refused, slot.waiting = slot.waiting, []
        return [Refuse(ticket, error) for ticket in refused]  # 5

    def died(self, model: str, error: MLXJupyterError) -> list[Effect]:
        """A READY model's process ended without being told to. Its streams fail by themselves."""
        slot = self.slots[model]
        if slot.state is State.READY:  # 7
            slot.state, slot.last_error = State.ABSENT, error
            slot.leases.clear()
        return []

    def unload(self, model: str, *, force: bool = False) -> list[Effect]:
        """Raises `NotFound` for a model that is not resident, `ModelInUse` for one in use (8)."""
        slot = self.slot(model)
        if slot.state is not State.READY:
            raise NotFound(f"Model '{model}' is not loaded.", param="model")
        if slot.leases and not force:
            uses = len(slot.leases)
            raise ModelInUse(
                f"Model '{model}' is in use by {uses} request{'s' * (uses > 1)}. "
                "Wait, or force it.",
                param="model",
            )
        slot.state = State.UNLOADING
        slot.leases.clear()
        return [StopWorker(model)]

    def stopped(self, model: str) -> list[Effect]:
        slot = self.slots[model]
        if slot.state is not State.UNLOADING:
            return []
        slot.state = State.LOADING if slot.waiting else State.ABSENT
        return [StartLoad(model)] if slot.waiting else []  # 9
