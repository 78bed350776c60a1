"""`response_format`, turned into the schema that a worker holds an answer to."""

from __future__ import annotations

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.messages import Schema
from mlx_jupyter.wire.chat import JsonObjectFormat, JsonSchema, JsonSchemaFormat, ResponseFormat

__all__ = ["MOST_SCHEMA_BYTES", "schema_of"]

MOST_SCHEMA_BYTES = 256 * 2**10
"""The decoding thread compiles it: 0.2 s for 2,000 optional properties of 50 KiB (measured)."""
_WHERE = "response_format.json_schema.schema"


def schema_of(wanted: ResponseFormat | None) -> Schema | None:
    """None where any text will do. Raises `InvalidRequest`."""
    match wanted:
        case JsonObjectFormat():
            return Schema('{"type":"object"}')
        case JsonSchemaFormat():
            return Schema(_text(wanted.json_schema), lenient=not wanted.json_schema.strict)
    return None


def _text(described: JsonSchema) -> str:
    data = bytes(described.schema)
    if len(data) > MOST_SCHEMA_BYTES:
        message = f"The schema has {len(data)} bytes; at most {MOST_SCHEMA_BYTES} are taken."
        raise InvalidRequest(f"{message} Make it smaller.", param=_WHERE)
    if not data.startswith(b"{"):
        raise InvalidRequest("The schema has to be a JSON object.", param=_WHERE)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"The schema is not valid UTF-8: {error}", param=_WHERE) from None
