"""Tries a schema in a process of its own before a worker compiles it.

llguidance compiles on the thread that decodes, and what is odd enough holds it for minutes, takes
gigabytes, or ends the process, and with it everybody's answers. The trial has half a second of CPU
for what a worker would do, and ends alone. It takes 0.15 s, once a schema; a plain one needs none.
"""

from __future__ import annotations

import asyncio
import signal
from collections import OrderedDict

import msgspec

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.messages import Schema
from mlx_jupyter.pool.apart import run_apart
from mlx_jupyter.pool.plain import is_plain

__all__ = ["Trials"]

CPU_SECONDS = 0.5
WALL_SECONDS = 20.0
"""For a machine that is busy with other things."""
MOST_AT_ONCE, REMEMBERED = 2, 256
PARAM = "response_format.json_schema.schema"


class Trials:
    """Remembers how the last ones ended."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(MOST_AT_ONCE)
        self._verdicts: OrderedDict[Schema, str] = OrderedDict()

    async def check(self, schema: Schema) -> None:
        """Raises `InvalidRequest` for one that cannot be compiled, or not in time, and
        `MLXJupyterError` where that could not be found out."""
        if is_plain(msgspec.json.decode(schema.text), len(schema.text)):
            return
        async with self._places:
            if schema not in self._verdicts:
                self._verdicts[schema] = await _tried(schema)
        self._verdicts.move_to_end(schema)
        if len(self._verdicts) > REMEMBERED:
            self._verdicts.popitem(last=False)
        if verdict := self._verdicts[schema]:
            raise InvalidRequest(verdict, param=PARAM)


async def _tried(schema: Schema) -> str:
    """What is wrong with it, in words."""
    try:
        code, said, cried = await run_apart(
            "mlx_jupyter.worker.trial",
            str(CPU_SECONDS),
            wall_seconds=WALL_SECONDS,
            told=msgspec.json.encode(schema),
        )
    except TimeoutError:
        raise MLXJupyterError(
            f"The schema could not be tried within {WALL_SECONDS:.0f} s: the machine is busy. "
            "Try again."
        ) from None
    if code > 0:
        raise MLXJupyterError(f"The process that tries schemas failed: {_last_line(cried)}")
    return _ended(-code) if code < 0 else said.decode()


def _last_line(printed: bytes) -> str:
    return printed.decode(errors="replace").strip().rpartition("\n")[2]


def _ended(number: int) -> str:
    if number == signal.SIGPROF:
        return (
            f"The schema takes more than {CPU_SECONDS} s to compile. Use fewer patterns, allOf, "
            "multipleOf and properties."
        )
    return "The schema cannot be compiled: it nests, or refers to itself, too deeply. Flatten it."
