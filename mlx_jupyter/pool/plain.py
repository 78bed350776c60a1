"""Which JSON schemas certainly compile in no time.

The price of a schema explodes where texts have to fit several patterns at once, or numbers several
divisors (measured: `allOf` with 24 short patterns takes 35 s and 4 GB, `multipleOf` 716539 4 s and
0.4 GB), grows with the square of the number of its properties (8,000 take 3 s), and one that
refers a thousand deep overflows the stack. So plain is one that is small, uses nothing but the
keywords below, and has no rules beside an `anyOf`, `oneOf` or `$ref`, which would be intersected.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["is_plain"]

MOST_BYTES, MOST_PARTS = 2**14, 250
_WORDS = frozenset({"title", "description", "default", "examples", "discriminator", "$schema"})
_PLACES = frozenset({"$defs", "definitions"})
_ALONE = frozenset({"anyOf", "oneOf", "$ref"})
_RULES = frozenset(
    {"type", "enum", "const", "format", "minLength", "maxLength", "minimum", "maximum"}
    | {"exclusiveMinimum", "exclusiveMaximum", "properties", "required", "additionalProperties"}
    | {"items", "prefixItems", "minItems", "maxItems"}
)


def is_plain(schema: object, size_bytes: int) -> bool:
    """`size_bytes` is the length of its JSON."""
    if size_bytes > MOST_BYTES:
        return False
    waiting, seen = [schema], 0
    while waiting:
        part = waiting.pop()
        seen += 1
        if seen > MOST_PARTS or not _is_plain_by_itself(part):
            return False
        if isinstance(part, Mapping):
            waiting += _parts(part)
    return True


def _is_plain_by_itself(part: object) -> bool:
    if isinstance(part, bool):
        return True
    if not isinstance(part, Mapping):
        return False
    rules = part.keys() - _WORDS - _PLACES
    return len(rules) == 1 if rules & _ALONE else rules <= _RULES


def _parts(schema: Mapping[str, object]) -> list[object]:
    parts: list[object] = []
    for word in ("properties", *_PLACES):
        named = schema.get(word, {})
        parts += named.values() if isinstance(named, Mapping) else [None]
    for word in ("anyOf", "oneOf", "prefixItems"):
        listed = schema.get(word, [])
        parts += listed if isinstance(listed, list) else [None]
    return parts + [schema[word] for word in ("items", "additionalProperties") if word in schema]
