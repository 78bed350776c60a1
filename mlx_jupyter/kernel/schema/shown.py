"""A value that is a table, as a notebook shows it."""

from __future__ import annotations

from html import escape
from typing import Any

__all__ = ["is_table", "table_bundle"]


def is_table(value: Any) -> bool:
    """Whether it is a DataFrame, whoever made it."""
    return hasattr(value, "columns") and callable(getattr(value, "_repr_html_", None))


def table_bundle(value: Any, footer: str = "") -> dict[str, str]:
    """A key for each MIME type; the footer is for the eye only."""
    foot = f'<small style="opacity: 0.6">{escape(footer)}</small>' if footer else ""
    return {"text/html": f"<div>{value._repr_html_()}{foot}</div>", "text/plain": repr(value)}
