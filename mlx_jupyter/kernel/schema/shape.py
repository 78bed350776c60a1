"""What a JSON schema says, and what it is to say before it is sent.

A schema made from a Python type is written as OpenAI's strict mode wants it: an object has all of
its properties, and no others. Else a small model leaves out what has a default, and adds what
nobody asked for. A property that may be missing is one whose type allows null.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["columns_of", "is_schema", "records", "strict", "unreferenced"]

Schema = dict[str, Any]

_KEYWORDS = frozenset(
    ("type", "properties", "items", "enum", "const", "$ref", "anyOf", "oneOf", "allOf", "pattern")
)
_BY_NAME = ("properties", "$defs", "definitions")
"""Keywords whose values are schemas, by names of the user's."""


def is_schema(value: Schema) -> bool:
    """Whether it says anything that an answer could be held to."""
    return bool(_KEYWORDS & value.keys())


def strict(schema: Schema) -> Schema:
    """The same, with all properties required and no others allowed, at every depth."""
    return _mapped(schema, _closed)


def _closed(schema: Schema) -> Schema:
    names = schema.get("properties")
    if not names or schema.get("additionalProperties"):
        return schema
    return schema | {"required": list(names), "additionalProperties": False}


def _mapped(schema: Schema, change: Callable[[Schema], Schema]) -> Schema:
    def inner(name: str, value: Any) -> Any:
        if name in _BY_NAME and isinstance(value, dict):
            return {key: _mapped(each, change) for key, each in value.items()}
        if isinstance(value, list):
            return [_mapped(each, change) if isinstance(each, dict) else each for each in value]
        is_data = name in ("default", "const", "examples", "enum")
        return _mapped(value, change) if isinstance(value, dict) and not is_data else value

    return change({name: inner(name, value) for name, value in schema.items()})


def unreferenced(schema: Schema) -> Schema:
    """The same without a `$ref` at the top, where OpenAI's strict mode wants none."""
    target = _target(schema, schema)
    if target is schema:
        return schema
    return {**target, **{name: schema[name] for name in ("$defs", "definitions") if name in schema}}


def _target(schema: Schema, root: Schema) -> Schema:
    """What a `#/...` refers to; anything else is what it is."""
    found: Any = schema
    seen: list[str] = []
    while isinstance(found, dict) and isinstance(ref := found.get("$ref"), str):
        if ref in seen or not ref.startswith("#/"):
            return schema
        seen.append(ref)
        found = _at(root, ref.removeprefix("#/").split("/"))
    return found if isinstance(found, dict) else schema


def _at(root: Schema, path: list[str]) -> Any:
    found: Any = root
    for part in path:
        name = part.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, dict) else None
    return found


def records(schema: Schema) -> Schema | None:
    """The schema of the records, if this is one of a list of records; else None."""
    top = _target(schema, schema)
    if top.get("type") != "array" or not isinstance(top.get("items"), dict):
        return None
    item = _target(top["items"], schema)
    return item if item.get("type") == "object" else None


def columns_of(schema: Schema) -> list[str] | None:
    """The properties of an object, in their order; None where any are allowed."""
    names = list(schema.get("properties", ()))
    return names if names and schema.get("additionalProperties") is False else None
