"""Objects that are their fields: dataclasses, named tuples, models of pydantic and msgspec."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["fields_of"]


def fields_of(value: Any) -> list[tuple[str, Any]] | None:
    """Names and values of the fields that a repr shows; None for what has no fields."""
    if isinstance(value, type):
        return None
    names = _names(value)
    return None if names is None else [(name, getattr(value, name, None)) for name in names]


def _names(value: Any) -> list[str] | None:
    if is_dataclass(value):
        return [field.name for field in fields(value) if field.repr]
    kind = type(value)
    if isinstance(value, tuple):
        return list(kind._fields) if hasattr(kind, "_fields") else None
    if hasattr(kind, "model_dump") and isinstance(getattr(kind, "model_fields", None), dict):
        return [name for name, field in kind.model_fields.items() if getattr(field, "repr", True)]
    return list(getattr(kind, "__struct_fields__", ())) or None
