"""The batch limits that every contestant is given, so that all may batch alike."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Limits"]


class Limits(Struct, frozen=True):
    """`batch` sequences are decoded together, `prefill_batch` are prefilled together, each by
    `prefill_step_tokens` at a time."""

    batch: int = 16
    prefill_batch: int = 16
    prefill_step_tokens: int = 512

    def words(self) -> str:
        return (
            f"batch {self.batch}, prefill batch {self.prefill_batch}, "
            f"prefill step {self.prefill_step_tokens} tokens"
        )
