"""Starts the process of a worker."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, Process
from collections.abc import Mapping

__all__ = ["spawn"]


async def spawn(connection: int, lifeline: int, environment: Mapping[str, str]) -> Process:
    """It gets the two file descriptors; what it prints can be read from its `stdout`."""
    # -P: a `random.py` or `mlx.py` in the folder Jupyter was started in must not be imported.
    # A session of its own: Ctrl-C in Jupyter's terminal is not for the worker.
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "mlx_jupyter.worker"),
        *("--fd", str(connection), "--lifeline", str(lifeline)),
        pass_fds=(connection, lifeline),
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=STDOUT,
        env=dict(environment),
        start_new_session=True,
    )
