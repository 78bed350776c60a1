"""An answer as what a notebook shows and as plain text.

`text/plain` holds the answer alone, so that a saved notebook can be read by programs; reasoning and
the footer are for the eye, in Markdown or HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Protocol

from mlx_jupyter.kernel.fences import closed, fenced
from mlx_jupyter.kernel.footer import small
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.images.strip import strip_html, strip_plain
from mlx_jupyter.kernel.json_text import json_in
from mlx_jupyter.kernel.literal import literal_code
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.kernel.notebook_math import notebook_math

__all__ = ["Shown", "bundle", "markdown", "plain", "plain_tail"]

Bundle = dict[str, Any]

_ACTIVE = re.compile(r"[\\*`<$]")
"""What would end the emphasis around a warning, or begin something in it."""
_PRE = '<pre style="white-space: pre-wrap">'
_LANGUAGE = "python"


class Shown(Protocol):
    """What of an answer is shown."""

    text: str
    reasoning: str
    partial: bool
    warnings: list[str]
    images: list[Preview]
    look: Look

    @property
    def mark(self) -> str | None: ...
    @property
    def footer(self) -> str: ...


def bundle(shown: Shown) -> Bundle:
    """A value for each MIME type, by the form that was asked for."""
    match shown.look.form:
        case "text":
            return {"text/html": _html(shown), "text/plain": plain(shown)}
        case "json":
            return _json(shown)
        case _:
            return {"text/markdown": markdown(shown), "text/plain": plain(shown)}


def markdown(shown: Shown) -> str:
    return _around(shown, _body(shown), [f"*⚠ {_as_text(it)}*" for it in shown.warnings])


def plain(shown: Shown) -> str:
    head = f"{strip_plain(shown.images)}\n" if shown.images else ""
    return head + shown.text + plain_tail(shown)


def plain_tail(shown: Shown) -> str:
    """What stands below the text."""
    marks = [f"[{shown.mark}]"] if shown.mark else []
    tail = "\n\n".join([*marks, *(f"⚠ {warning}" for warning in shown.warnings)])
    return f"\n\n{tail}" if tail and shown.text else tail


def _body(shown: Shown) -> str:
    is_bare_code = shown.look.form == "code" and shown.text and "```" not in shown.text
    return fenced(shown.text, _LANGUAGE) if is_bare_code else closed(notebook_math(shown.text))


def _around(shown: Shown, body: str, warnings: Sequence[str]) -> str:
    """`body` between what stands above and below it; in Markdown."""
    marks = [f"*— {shown.mark} —*"] if shown.mark else []
    foot = [small(shown.footer)] if shown.look.footer and shown.footer else []
    parts = [strip_html(shown.images), _thought(shown), body, *marks, *warnings, *foot]
    return "\n\n".join(part for part in parts if part)


def _thought(shown: Shown) -> str:
    """The reasoning as it is, not interpreted: open while it comes, then folded."""
    if not shown.reasoning or shown.look.think != "show":
        return ""
    is_open = shown.partial and not shown.text and not shown.mark
    tag = "<details open>" if is_open else "<details>"
    text = literal_code(shown.reasoning.strip())
    return f"{tag}<summary>thinking</summary>\n\n{_PRE}{text}</pre>\n\n</details>"


def _html(shown: Shown) -> str:
    marks = [f"<em>— {shown.mark} —</em>"] if shown.mark else []
    warnings = [f"<em>⚠ {literal_code(warning)}</em>" for warning in shown.warnings]
    foot = [small(shown.footer)] if shown.look.footer and shown.footer else []
    text = f"{_PRE}{literal_code(shown.text)}</pre>" if shown.text else ""
    tail = "<br>".join([*marks, *warnings, *foot])
    return "\n".join(filter(None, [strip_html(shown.images), _thought(shown), text, tail]))


def _json(shown: Shown) -> Bundle:
    """Plain text while it comes; a cell of JSON at the end, if it is some."""
    if shown.partial:
        return {"text/plain": plain(shown)}
    try:
        value = json_in(shown.text)
    except ValueError as error:
        note = f"⚠ {str(error).partition(';')[0]}."
        return {"text/plain": f"{plain(shown)}\n\n{note}"}
    pretty = json.dumps(value, indent=2, ensure_ascii=False)
    warnings = [f"*⚠ {_as_text(it)}*" for it in shown.warnings]
    in_markdown = _around(shown, fenced(pretty, "json"), warnings)
    # Front ends show a tree of what is one, and no bare numbers and words.
    tree = {"application/json": value} if isinstance(value, dict | list) else {}
    return {**tree, "text/markdown": in_markdown, "text/plain": pretty + plain_tail(shown)}


def _as_text(warning: str) -> str:
    return _ACTIVE.sub(lambda active: f"\\{active[0]}", warning)
