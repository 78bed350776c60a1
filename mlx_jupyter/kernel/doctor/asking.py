"""What the server says of itself, each question within a time limit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.doctor.deadline import within
from mlx_jupyter.kernel.doctor.probe import PROBE_SECONDS
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.pool import MemoryStatus

__all__ = ["known_names", "memory_of", "workers_health"]

T = TypeVar("T")


def workers_health(pool: Pool) -> Health | None:
    """Of models' processes that were asked; None when one takes too long to answer."""
    return _asked(pool.health)


def memory_of(pool: Pool) -> MemoryStatus | None:
    status = _asked(pool.status)
    return status.memory if status else None


def known_names(pool: Pool, names: Iterable[str]) -> set[str]:
    """Those of `names` (ids, aliases, paths) that are models on the server's machine."""
    return within(PROBE_SECONDS, lambda: {name for name in names if _is_known(pool, name)}) or set()


def _is_known(pool: Pool, name: str) -> bool:
    try:
        pool.model(name)
    except MLXJupyterError:
        return False
    return True


def _asked(question: Callable[[], T]) -> T | None:
    return within(PROBE_SECONDS, lambda: _or_none(question))


def _or_none(question: Callable[[], T]) -> T | None:
    try:
        return question()
    except MLXJupyterError:
        return None
