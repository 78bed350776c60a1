"""The JSON in what a model wrote: the whole text, or a fenced block of it."""

from __future__ import annotations

import json
from typing import Any

from mlx_jupyter.kernel.fences import code_blocks

__all__ = ["json_in"]

_SHOWN_CHARACTERS = 40


def json_in(text: str) -> Any:
    """Raises ValueError, in words, for a text without JSON."""
    for candidate in [text, *code_blocks(text)]:
        try:
            return json.loads(candidate)
        except json.JSONDecodeError:
            continue
    raise ValueError(_why_not(text))


def _why_not(text: str) -> str:
    if not text.strip():
        return "The answer is empty: there is no JSON in it."
    begin = text.strip()[:_SHOWN_CHARACTERS]
    return f"The answer is not JSON; it begins with {begin!r}. --schema makes the model write JSON."
