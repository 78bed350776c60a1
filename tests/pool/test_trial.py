"""Schemas that would hold up a worker, or end it, end a process of their own instead."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import psutil
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Schema
from mlx_jupyter.pool.trial import Trials

pytestmark = pytest.mark.asyncio(loop_scope="session")

INTERSECTED = {"allOf": [{"type": "string", "pattern": f"a.{{{at}}}b"} for at in range(24)]}
"""35 s and 4 GB."""
DEEP = {
    "$defs": {f"d{at}": {"properties": {"a": {"$ref": f"#/$defs/d{at + 1}"}}} for at in range(2000)}
    | {"d2000": {}},
    "$ref": "#/$defs/d0",
}
"""Overflows the stack of the process."""


def made(schema: Any) -> Schema:
    return Schema(json.dumps(schema))


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (INTERSECTED, "more than 0.5 s to compile"),
        ({"type": "integer", "multipleOf": 716539}, "more than 0.5 s to compile"),
        (DEEP, "too deeply"),
        ({"not": {"type": "string"}}, "Unimplemented"),
    ],
)
async def test_a_schema_that_no_worker_should_see_is_refused(schema: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as refused:
        await Trials().check(made(schema))
    assert refused.value.param == "response_format.json_schema.schema"


async def test_an_odd_schema_that_compiles_passes() -> None:
    await Trials().check(made({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{3}$"}))


async def test_a_schema_is_tried_once() -> None:
    trials, schema = Trials(), made({"not": {}})
    with pytest.raises(InvalidRequest):
        await trials.check(schema)
    with pytest.raises(InvalidRequest):
        await asyncio.wait_for(trials.check(schema), 0.01)


async def test_who_goes_away_ends_the_trial() -> None:
    asked = asyncio.create_task(Trials().check(made(INTERSECTED)))
    while not any(map(_is_trial, psutil.Process().children())):  # noqa: ASYNC110 - it says nothing
        await asyncio.sleep(0)
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    assert not any(map(_is_trial, psutil.Process().children()))


def _is_trial(process: psutil.Process) -> bool:
    try:
        return "mlx_jupyter.worker.trial" in process.cmdline()
    except psutil.Error:
        return False
