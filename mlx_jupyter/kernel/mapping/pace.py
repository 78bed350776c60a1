"""How far a run over many items is, in words."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.progress import bar
from mlx_jupyter.kernel.units import duration

__all__ = ["Pace"]

_SLOW = 1.0


@dataclass(frozen=True)
class Pace:
    """`done` of `total` items are answered or have `failed`; those of `resumed` were before."""

    done: int
    total: int
    failed: int
    resumed: int
    seconds: float

    @property
    def per_second(self) -> float | None:
        """None as long as nothing is known."""
        new = self.done - self.resumed
        return new / self.seconds if new > 0 and self.seconds > 0 else None

    @property
    def seconds_left(self) -> float | None:
        speed = self.per_second
        return (self.total - self.done) / speed if speed else None

    def words(self) -> str:
        """`asking ██████░░░░ 12 of 40 · 3.1/s · 9 s left · 1 failed`."""
        said = [f"asking {bar(self.done / self.total)} {self.done:,} of {self.total:,}"]
        if speed := self.per_second:
            said.append(f"{speed:.1f}/s" if speed >= _SLOW else f"{1 / speed:.1f} s each")
        if (left := self.seconds_left) and left >= 1:
            said.append(f"{duration(left)} left")
        if self.failed:
            said.append(f"{self.failed:,} failed")
        return " · ".join(said)
