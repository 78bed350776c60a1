"""Takes the texts out of an embeddings request without parsing them.

To parse holds the interpreter, and with it Jupyter's loop, whichever thread it is done in: for
100,000 texts (10 MB) 60 ms, and even to skip them 7 to 15 ms (msgspec, measured). The worker parses
them. Here their end is only looked for, in a thread, by patterns that look at `SPAN_BYTES` at once.
"""

from __future__ import annotations

import asyncio
import re
import secrets

from mlx_jupyter.server.handlers.body import Body

__all__ = ["without_inputs"]

LARGE_BYTES = 2**20
_MARK = re.compile(rb'["\[\]{}]')
_KEY = b'"input"'
_COLON = re.compile(rb"\s*:\s*")
_INSIDE = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""Possessive: a string that never ends is not tried in other ways, of which there are n squared."""
SPAN_BYTES = 64 * 1024


async def without_inputs(body: Body) -> tuple[bytes | memoryview, memoryview | None, str]:
    """The body with a name in the place of its large `input`, that input, and the name. A body that
    is small, or not plain, comes back as it is."""
    view = body.view()
    name = f"inputs:{secrets.token_hex(8)}"
    place = await asyncio.to_thread(_inputs_in, view) if len(view) > LARGE_BYTES else None
    if place is None:
        return view, None, name
    rest = b"".join([view[: place.start], b'"', name.encode(), b'"', view[place.stop :]])
    return rest, view[place], name


def _inputs_in(view: memoryview) -> slice | None:
    """Where the value of the outermost object's `input` is; None where there is no such thing."""
    depth, start, at = 0, -1, 0
    while mark := _MARK.search(view, at):
        begin, at = mark.span()
        if mark[0] in b"[{":
            depth += 1
            continue
        if mark[0] in b"]}":
            depth -= 1
        elif (at := _end_of_string(view, at)) < 0:
            return None
        if depth != 1:
            continue
        if start >= 0:
            return slice(start, at)
        if view[begin:at] == _KEY and (colon := _COLON.match(view, at)):
            start = at = colon.end()
            if bytes(view[at : at + 1]) not in (b"[", b'"'):
                return None
    return None


def _end_of_string(view: memoryview, at: int) -> int:
    """Behind the quotation mark that ends the string whose first character is there; -1 if there is
    none."""
    while inside := _INSIDE.match(view, at, at + SPAN_BYTES):
        if bytes(view[inside.end() : inside.end() + 1]) == b'"':
            return inside.end() + 1
        if inside.end() == at:
            break
        at = inside.end()
    return -1
