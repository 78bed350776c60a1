"""The machine's memory, as the container that we may be in sees it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import psutil

__all__ = ["Host", "cpu_seconds", "read_host", "rss_bytes"]

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Host:
    """`available_bytes` is what could be taken without swapping, by psutil's count."""

    total_bytes: int
    available_bytes: int


def read_host(cgroup: Path = CGROUP) -> Host:
    """Takes about 0.1 ms: it may be asked on the event loop."""
    memory = psutil.virtual_memory()
    host = Host(memory.total, memory.available)
    bound = _cgroup_2(cgroup) or _cgroup_1(cgroup / "memory")
    if bound is None or bound.total_bytes >= host.total_bytes:
        return host
    return Host(bound.total_bytes, min(host.available_bytes, bound.available_bytes))


def rss_bytes(pid: int) -> int | None:
    """Resident memory of a process, None for one that is gone."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def cpu_seconds(pid: int) -> float | None:
    """Processor time of a process so far, None for one that is gone."""
    try:
        times = psutil.Process(pid).cpu_times()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return float(times.user + times.system)


def _cgroup_2(folder: Path) -> Host | None:
    return _bound(folder / "memory.max", folder / "memory.current", folder / "memory.stat")


def _cgroup_1(folder: Path) -> Host | None:
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "memory.stat")
    return _bound(*(folder / name for name in names))


def _bound(limit: Path, used: Path, stat: Path) -> Host | None:
    """The page cache that has not been touched lately counts as available, as in psutil."""
    total, current = _number(limit), _number(used)
    if total is None or current is None:
        return None
    available = total - current + _reclaimable(stat)
    return Host(total, max(0, min(total, available)))


def _number(file: Path) -> int | None:
    """None for `max`, and where there is no such file."""
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _reclaimable(stat: Path) -> int:
    try:
        rows = dict(line.split(maxsplit=1) for line in stat.read_text().splitlines() if line)
        return int(rows.get("total_inactive_file", rows.get("inactive_file", 0)))
    except (OSError, ValueError):
        return 0
