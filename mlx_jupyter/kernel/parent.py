"""The server that started this kernel, and so what stands between a cell and its page."""

from __future__ import annotations

import os
from collections.abc import Mapping

from mlx_jupyter.kernel.records import live_records
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["OUTPUTS", "parent_record", "updates_displays"]

OUTPUTS = "MLX_JUPYTER_OUTPUTS"
"""`append` or `update`, for a kernel that cannot see its server's record."""


def parent_record() -> ServerRecord | None:
    """The record of the process `JPY_PARENT_PID`; None if that is no server with mlx_jupyter."""
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit():
        return None
    return next(iter(live_records(int(parent))), None)


def updates_displays(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether an update of a display changes its output; see `wire.health.Health`.

    That is for the server that started this kernel to say, not for the one that hosts the pool.
    Reads one small file, no network.
    """
    if said := environment.get(OUTPUTS):
        return said != "append"
    parent = parent_record()
    return parent is None or parent.updates_displays
