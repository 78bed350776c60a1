"""What `ticker` tells and `loop` reads: one sleep of a task in the server's event loop."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["PATH", "Tick"]

PATH = "benchmarks/loop"
"""Under the server's base URL."""


class Tick(Struct, frozen=True, array_like=True):
    """By how much the sleep was longer than asked for, and how much CPU time the loop's thread used
    during it."""

    late_seconds: float
    worked_seconds: float
