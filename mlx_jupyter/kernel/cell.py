"""The cell that runs now."""

from __future__ import annotations

import re
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

__all__ = ["code_of_cell", "has_one_output", "request_of_cell"]

_OURS = re.compile(r"%%(chat|see|embed)\b")
_MAGIC = re.compile(r"(\w+\s*=\s*)?%\w")
_QUIET = re.compile(r"(import|from)\s|%(load_ext|reload_ext)\s|#")
_CONTINUED = "\\"


def request_of_cell(shell: InteractiveShell) -> dict[str, Any]:
    """The front end's message that the cell came in; empty outside a kernel."""
    get_parent = getattr(shell, "get_parent", None)
    return (get_parent() if get_parent else None) or {}


def code_of_cell(shell: InteractiveShell) -> str:
    """As the front end sent it; empty outside a kernel."""
    return str(request_of_cell(shell).get("content", {}).get("code", ""))


def has_one_output(code: str) -> bool:
    """Whether a magic of ours is all that shows anything in a cell of `code`, as far as its text
    tells: it is one cell magic, or one line magic beside imports and comments."""
    if _OURS.match(code.lstrip()):
        return True
    lines = [line.strip() for line in code.splitlines() if line.strip()]
    loud = [line for line in lines if not _QUIET.match(line)]
    return len(loud) == 1 and _MAGIC.match(loud[0]) is not None and loud[0][-1] != _CONTINUED
