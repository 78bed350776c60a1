"""A module run in a process of its own, for what could hold up or end this one."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from contextlib import suppress
from typing import NamedTuple

__all__ = ["Ended", "run_apart"]


class Ended(NamedTuple):
    """`code` is negative for the number of a signal."""

    code: int
    said: bytes
    cried: bytes


async def run_apart(
    module: str, *arguments: str, wall_seconds: float, told: bytes | None = None
) -> Ended:
    """`python -m module arguments`, which reads `told`. Raises `TimeoutError`; whatever becomes of
    this call, the process has ended after it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", module, *arguments),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(wall_seconds):
            said, cried = await process.communicate(told)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return Ended(process.returncode or 0, said, cried)
