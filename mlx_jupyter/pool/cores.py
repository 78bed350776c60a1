"""How many cores this process may use: fewer than the machine has, in a container or by affinity.

A BLAS that starts a thread for each core of a host, in a container of two, spins in 62 of them.
"""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["usable_cores"]

_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_OLD_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
_OLD_PERIOD = Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def usable_cores(files: tuple[Path, Path, Path] = (_QUOTA, _OLD_QUOTA, _OLD_PERIOD)) -> int:
    """At least 1; a quota of 2.5 cores counts as 2. `files` are those of the control groups, of
    version 2 and of version 1 (cgroups(7))."""
    cores = _by_affinity()
    quota = _quota_cores(files)
    return max(1, min(cores, quota) if quota is not None else cores)


def _by_affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux has it
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _quota_cores(files: tuple[Path, Path, Path]) -> int | None:
    """None where there is no bound."""
    new, old_quota, old_period = files
    quota, _, period = _read(new).partition(" ")
    if not quota:
        quota, period = _read(old_quota), _read(old_period)
    if not (quota.isdecimal() and period.isdecimal() and int(period)):
        return None  # "max", or -1
    return int(quota) // int(period)


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except OSError:
        return ""
