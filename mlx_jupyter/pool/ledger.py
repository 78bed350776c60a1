"""Bytes by model: reserved while it loads, resident once it is measured."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Ledger"]


@dataclass
class Ledger:
    """A model is in at most one of the two books. A process that is being ended stays booked until
    it has ended: its memory is not free before."""

    reserved_bytes: dict[str, int] = field(default_factory=dict)
    resident_bytes: dict[str, int] = field(default_factory=dict)

    def reserve(self, model: str, footprint_bytes: int) -> None:
        self.reserved_bytes[model] = footprint_bytes

    def settle(self, model: str, measured_bytes: int) -> None:
        """The load is done: the larger of estimate and measurement is booked, since arrays that are
        touched late make the first reading too small."""
        estimate = self.reserved_bytes.pop(model, 0)
        self.resident_bytes[model] = max(estimate, measured_bytes)

    def free(self, model: str) -> None:
        self.reserved_bytes.pop(model, None)
        self.resident_bytes.pop(model, None)

    @property
    def total_bytes(self) -> int:
        return sum(self.reserved_bytes.values()) + sum(self.resident_bytes.values())
