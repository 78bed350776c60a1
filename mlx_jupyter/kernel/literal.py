"""Text that stands in Markdown or HTML as it is."""

from __future__ import annotations

import re

__all__ = ["literal", "literal_code"]

_ACTIVE = re.compile(r"[\\`*_<>&$~|\[\]]")
_ACTIVE_IN_CODE = re.compile(r"[<>&$\\]")


def literal(text: str) -> str:
    """With nothing left in it that Markdown, HTML or MathJax would act on inside a line."""
    return _ACTIVE.sub(_entity, text)


def literal_code(text: str) -> str:
    """For the inside of `<pre>`, where Markdown does not look: HTML and MathJax would act."""
    return _ACTIVE_IN_CODE.sub(_entity, text)


def _entity(letter: re.Match[str]) -> str:
    return f"&#{ord(letter[0])};"
