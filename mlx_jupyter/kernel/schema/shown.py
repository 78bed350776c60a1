"""A value as a notebook shows it: a table as a table, all else as JSON that one can read."""

from __future__ import annotations

from typing import Any

import msgspec

__all__ = ["pretty_json", "value_bundle"]


def value_bundle(value: Any, text: str) -> dict[str, str]:
    """`text` is the JSON that it was made from; a key for each MIME type."""
    table = getattr(value, "_repr_html_", None)
    if callable(table) and (html := table()):
        return {"text/html": html, "text/plain": repr(value)}
    pretty = pretty_json(text)
    return {"text/markdown": f"```json\n{pretty}\n```", "text/plain": pretty}


def pretty_json(text: str) -> str:
    """Indented by two blanks; what is no JSON stays as it is."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return msgspec.json.format(text, indent=2)
