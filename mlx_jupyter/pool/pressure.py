"""What to do when the machine runs out of memory, whoever takes it. Pure.

    low       less than 10 % of the memory is available, at most 4 GB: below that systems begin to
              compress and swap
    critical  less than 5 %, at most 2 GB: what a kernel's next big array, or the system itself, may
              need at once
    normal    again at one and a half times `low`: memory that was just freed is soon used again,
              and a limit without a gap would flutter

One thing is done a look. When it becomes low, caches are shed; while it stays low, one idle model
leaves; when it is critical and none is left, new loads are refused until it is normal again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mlx_jupyter.pool.budget import gigabytes
from mlx_jupyter.pool.host import Host

__all__ = ["Pressure", "Step", "floor_bytes"]

LOW_SHARE, LOW_BYTES = 0.10, 4 * 10**9
CRITICAL_SHARE, CRITICAL_BYTES = 0.05, 2 * 10**9
NORMAL_AGAIN = 1.5

Level = Literal["normal", "low", "critical"]
Action = Literal["none", "shed", "evict", "refuse", "relax"]


@dataclass(frozen=True)
class Step:
    level: Level
    action: Action
    reason: str


class Pressure:
    def __init__(self) -> None:
        self._level: Level = "normal"
        self._shed = False
        self._refusing = False
        self._nothing_left = False

    def observe(self, host: Host) -> Step:
        self._level = self._level_of(host)
        return Step(self._level, self._action(), _words(host))

    def nothing_left(self) -> None:
        """There is no idle model that could leave."""
        self._nothing_left = True

    def _level_of(self, host: Host) -> Level:
        if host.available_bytes < floor_bytes(host.total_bytes):
            return "critical"
        low_bytes = min(LOW_SHARE * host.total_bytes, LOW_BYTES)
        if host.available_bytes < low_bytes:
            return "low"
        calm = host.available_bytes >= NORMAL_AGAIN * low_bytes
        return "normal" if calm or self._level == "normal" else "low"

    def _action(self) -> Action:
        if self._level == "normal":
            relaxed = self._refusing
            self._shed = self._refusing = self._nothing_left = False
            return "relax" if relaxed else "none"
        if not self._shed:
            self._shed = True
            return "shed"
        if not self._nothing_left:
            return "evict"
        self._nothing_left = False  # one may have become idle by the next look
        if self._level == "critical" and not self._refusing:
            self._refusing = True
            return "refuse"
        return "none"


def floor_bytes(total_bytes: int) -> int:
    """What a load must leave to the others."""
    return int(min(CRITICAL_SHARE * total_bytes, CRITICAL_BYTES))


def _words(host: Host) -> str:
    available, total = gigabytes(host.available_bytes), gigabytes(host.total_bytes)
    return f"{available} of this machine's {total} are available"
