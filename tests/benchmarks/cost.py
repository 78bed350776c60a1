"""CPU time, which tells a contestant's own cost even where others keep the machine's cores busy.

The counters of a process tick in hundredths of a second, so times are summed over all rounds.
Our server's share holds the benchmark's own `ticker`; an idle server that ticks takes 0.8 % of a
core (measured on 2 cores).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping

import psutil
from msgspec import Struct

__all__ = ["Cost", "Parts", "await_rest", "processes", "spent"]

QUIET_SECONDS, POLL_SECONDS = 3.0, 0.25
QUIET_CPU_SECONDS = 0.1
"""More than this within the quiet time is work; a ticking event loop takes less."""

Parts = Callable[[], Mapping[str, Iterable[int]]]
"""The process ids of each part of a contestant, such as its server and its workers, as of now."""


class Cost(Struct):
    """CPU seconds by part, for the number of tokens that were answered meanwhile."""

    tokens: int = 0
    cpu_seconds: dict[str, float] = {}

    def add(self, tokens: int, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        self.tokens += tokens
        for part, seconds in after.items():
            known = self.cpu_seconds.get(part, 0.0)
            self.cpu_seconds[part] = known + seconds - before.get(part, 0.0)

    def ms_per_token(self, part: str | None = None) -> float:
        """Of one part, or of all together."""
        seconds = sum(self.cpu_seconds.values()) if part is None else self.cpu_seconds[part]
        return 1e3 * seconds / self.tokens


def spent(parts: Parts) -> dict[str, float]:
    """CPU seconds that the living processes of each part have used since they started."""
    return {part: sum(map(_cpu_seconds, pids)) for part, pids in parts().items()}


def await_rest(all_parts: Iterable[Parts], at_most_seconds: float) -> None:
    """Returns when none of them works any more, but in time: our server, say, starts a
    spare worker some seconds after a load, which takes a core for a second."""
    watched = list(all_parts)
    quiet_since = time.monotonic()
    deadline = quiet_since + at_most_seconds
    known = [spent(parts) for parts in watched]
    while time.monotonic() < min(deadline, quiet_since + QUIET_SECONDS):
        time.sleep(POLL_SECONDS)
        now = [spent(parts) for parts in watched]
        if sum(map(_total, now)) - sum(map(_total, known)) > QUIET_CPU_SECONDS:
            known, quiet_since = now, time.monotonic()


def _total(seconds: Mapping[str, float]) -> float:
    return sum(seconds.values())


def processes(parent: int, module: str) -> list[int]:
    """The descendants of `parent` that run `python -m module`."""
    children = psutil.Process(parent).children(recursive=True)
    return [child.pid for child in children if module in _command(child)]


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def _cpu_seconds(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)
