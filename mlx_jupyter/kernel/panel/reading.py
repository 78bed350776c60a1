"""One look at the pool, for those who do not follow it."""

from __future__ import annotations

import time

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.panel.log import is_told
from mlx_jupyter.kernel.panel.state import PoolView, pool_view

__all__ = ["look"]

_EVENTS = 1000
"""As many as the server keeps: most are of kinds that the log does not tell."""


def look(pool: Pool) -> PoolView:
    """Raises `ServerNotFound` and `RequestFailed`."""
    status, admin = pool.status(), pool.admin_status()
    with pool.events(_EVENTS) as kept:
        events = [event for event in kept if is_told(event)]
    return pool_view(status, admin, events, kernel_id(), time.time())
