"""Where a prompt wants a value: `{{expr}}`.

Prompts hold JSON, LaTeX, templates and code, where two braces mean something else. So a place is
filled only if

1. exactly two braces open it: `{x}` and `{{{x}}}` are text
2. up to the first `}}` that makes it one there is a Python expression, maybe with a conversion or a
   format (`spec`): `{{"a": 1}}`, `{{ .Values.x }}`, `{{#if}}` and `{{}}` are text
3. the expression is no literal and begins with no minus: `{{2}}`, `{{1, 2}}`, `{{...}}` and Jinja's
   `{{- x }}` are text
4. it is no argument of LaTeX: directly before it is no command (`\\frac{{a}}`, `\\sqrt[3]{{a}}`),
   no `^`, no `}` but that of a place that is filled, and no `_` save one after a word (in `x_{{i}}`
   and `\\alpha_{{i}}` it stays text, `file_{{i}}` is filled)

`\\{{x}}` is the escape: where `{{x}}` would be filled, it gives `{{x}}`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mlx_jupyter.kernel.expression import free_names
from mlx_jupyter.kernel.interpolation.spec import split_format

__all__ = ["Place", "places_in"]

_OPENING = re.compile(r"\{+")
_LATEX = re.compile(
    r"(?: \\[A-Za-z]+\*? (?:\[[^\[\]]*\])* _? | \^ | (?<![A-Za-z0-9]{2}) _ ) \Z", re.VERBOSE
)
_LATEX_CHARACTERS = 64
"""How far back a command and its options are looked for."""
_MAX_CHARACTERS = 2_000
_MAX_ENDS = 8
"""Bounds on one expression and on how many `}}` are tried as its end, for the sake of a text that
is full of braces."""


@dataclass(frozen=True)
class Place:
    """`text[begin:end]` is replaced: by the value of `expression`, or by `literal` if that is not
    None. `source` is what stands between the braces."""

    begin: int
    end: int
    source: str
    expression: str
    conversion: str = ""
    spec: str = ""
    literal: str | None = None

    def __str__(self) -> str:
        return f"{{{{{self.source}}}}}"


def places_in(text: str) -> Iterator[Place]:
    """The places of `text` that are filled or escaped, in order."""
    at = filled_to = 0
    while opening := _OPENING.search(text, at):
        at = opening.end()
        if at - opening.start() != 2:  # 1
            continue
        place = _place(text, opening.start(), filled_to)
        if place:
            at = filled_to = place.end
            yield place


def _place(text: str, begin: int, filled_to: int) -> Place | None:
    before = text[max(0, begin - _LATEX_CHARACTERS) : begin]
    after_brace = before.endswith("}") and begin != filled_to
    if after_brace or _LATEX.search(before):  # 4
        return None
    found = _expression(text, begin + 2)
    if found is None:
        return None
    end, parts = found
    source = text[begin + 2 : end - 2].strip()
    if before.endswith("\\"):
        return Place(begin - 1, end, source, *parts, literal=text[begin:end])
    return Place(begin, end, source, *parts)


def _expression(text: str, begin: int) -> tuple[int, tuple[str, str, str]] | None:
    """Where the place ends, and its expression, conversion and format."""
    end = begin
    for _ in range(_MAX_ENDS):
        end = text.find("}}", end, begin + _MAX_CHARACTERS)
        if end < 0:
            return None
        parts = _read(text[begin:end].strip())
        if parts is not None:
            return (end + 2, parts) if _is_wanted(parts[0]) else None  # 3
        end += 1
    return None


def _read(inside: str) -> tuple[str, str, str] | None:  # 2
    ways = [(inside, "", ""), *split_format(inside)]
    return next((way for way in ways if free_names(way[0]) is not None), None)


def _is_wanted(expression: str) -> bool:
    if expression.startswith("-"):
        return False
    try:
        ast.literal_eval(expression)
    except ValueError:
        return True
    except (SyntaxError, TypeError, MemoryError, RecursionError):
        return False
    return False
