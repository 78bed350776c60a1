from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter

from mlx_jupyter.pool.plain import is_plain


class Animal(BaseModel):
    name: Annotated[str, Field(max_length=8)]
    legs: Annotated[int, Field(ge=0, le=8)] | None = None
    sound: Literal["moo", "miau"]
    young: list[Animal] = []


def plain(schema: Any) -> bool:
    return is_plain(schema, len(json.dumps(schema)))


@pytest.mark.parametrize("shape", [int, list[str], Animal, dict[str, float], Literal["a", "b"]])
def test_what_people_write_is_plain(shape: Any) -> None:
    assert plain(TypeAdapter(shape).json_schema())


@pytest.mark.parametrize(
    "part",
    [
        {"pattern": "a"},
        {"allOf": [{}, {}]},
        {"multipleOf": 716539},
        {"patternProperties": {}},
        {"x-guidance": {}},
        {"$ref": "#", "minLength": 1},
        {"anyOf": [{}], "properties": {}},
        {"properties": []},
        {"anyOf": 1},
        {"anyOf": [1]},
    ],
)
def test_what_may_be_intersected_is_not_plain_however_deep(part: Any) -> None:
    assert not plain({"type": "object", "properties": {"a": {"items": {"anyOf": [part]}}}})
    assert not plain({"$defs": {"a": {"additionalProperties": part}}})


def test_what_is_large_is_not_plain() -> None:
    assert not plain({"properties": {f"p{at}": {} for at in range(300)}})
    assert not plain({"enum": ["x" * 20_000]})
