"""`response_format`, turned into the schema that a worker holds an answer to."""

from __future__ import annotations

import json

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Schema
from mlx_jupyter.wire.chat import JsonObjectFormat, JsonSchema, JsonSchemaFormat, ResponseFormat

__all__ = ["MOST_SCHEMA_BYTES", "schema_of"]

MOST_SCHEMA_BYTES = 256 * 2**10
"""The decoding thread compiles it: 0.2 s for 2,000 optional properties of 50 KiB (measured)."""


def schema_of(wanted: ResponseFormat | None) -> Schema | None:
    """None where any text will do. Raises `InvalidRequest`."""
    match wanted:
        case JsonObjectFormat():
            return Schema('{"type":"object"}')
        case JsonSchemaFormat():
            return Schema(_text(wanted.json_schema), lenient=not wanted.json_schema.strict)
    return None


def _text(described: JsonSchema) -> str:
    text = json.dumps(described.schema)
    if len(text) > MOST_SCHEMA_BYTES:
        raise InvalidRequest(
            f"The schema has {len(text)} bytes; at most {MOST_SCHEMA_BYTES} are taken. Make it "
            "smaller.",
            param="response_format.json_schema.schema",
        )
    return text
