"""Takes the texts out of an embeddings request without parsing them.

To parse holds the interpreter, and with it Jupyter's loop, whichever thread it is done in: for
100,000 texts (10 MB) 60 ms, and even to skip them 7 to 15 ms (msgspec, measured). The worker parses
them. Here their end is only looked for, string by string, in a thread that gives way.
"""

from __future__ import annotations

import asyncio
import re
import secrets

from mlx_jupyter.server.handlers.body import Body

__all__ = ["without_inputs"]

LARGE_BYTES = 2**20
_TOKEN = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)
_KEY = b'"input"'
_COLON = re.compile(rb"\s*:\s*")


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


def _inputs_in(body: memoryview) -> slice | None:
    """Where the value of the outermost object's `input` is; None where there is no such thing."""
    depth, start = 0, -1
    for token in _TOKEN.finditer(body):
        first = token[0][:1]
        if first in b"[{":
            depth += 1
        elif first in b"]}":
            depth -= 1
            if start >= 0 and depth == 1:
                return slice(start, token.end())
        elif start < 0 and depth == 1 and token[0] == _KEY:
            colon = _COLON.match(body, token.end())
            start = colon.end() if colon else -1
            if colon and bytes(body[start : start + 1]) not in (b"[", b'"'):
                return None
        elif start >= 0 and depth == 1:
            return slice(start, token.end())
    return None
