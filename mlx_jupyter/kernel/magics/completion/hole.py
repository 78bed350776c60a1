"""The `{{expression` that the cursor stands in."""

from __future__ import annotations

import re

__all__ = ["open_hole"]

_OPENING = re.compile(r"(?<![\\{])\{\{(?!\{)")


def open_hole(text: str) -> str | None:
    """What is typed of it so far; None where no hole is open on this line."""
    openings = list(_OPENING.finditer(text))
    if not openings:
        return None
    inside = text[openings[-1].end() :]
    return None if "}}" in inside else inside.lstrip()
