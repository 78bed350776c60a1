"""The pool's bytes, read from its slots: one truth, nothing to keep in step.

reserved   models that load or are being unloaded: their memory is taken, or not yet free
resident   models that are ready, the larger of estimate and measurement
kv         keys and values of running requests: by formula, or by a reading that is larger
spare      workers that wait for a model; they have what is left over, and go first
caches     prompts that workers keep, and pictures: they too have what is left over
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mlx_jupyter.pool.slot import Slot, State

__all__ = ["Ledger", "ledger_of"]


@dataclass(frozen=True)
class Ledger:
    budget_bytes: int
    reserved_bytes: int
    resident_bytes: int
    kv_bytes: int

    @property
    def booked_bytes(self) -> int:
        return self.reserved_bytes + self.resident_bytes + self.kv_bytes

    @property
    def free_bytes(self) -> int:
        """Below zero where a reading was larger than what had been admitted."""
        return self.budget_bytes - self.booked_bytes


def ledger_of(slots: Iterable[Slot], budget_bytes: int) -> Ledger:
    reserved = resident = kv = 0
    for slot in slots:
        if slot.state is State.READY:
            resident += slot.weights_bytes
            kv += slot.booked_bytes - slot.weights_bytes
        else:
            reserved += slot.booked_bytes
    return Ledger(budget_bytes, reserved, resident, kv)
