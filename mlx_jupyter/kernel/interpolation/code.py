"""The source of functions, classes and modules."""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

__all__ = ["source_text"]


def source_text(value: Any, shell: InteractiveShell) -> str | None:
    """Also of what was defined in a cell; for what has no source its help; else None."""
    is_routine = inspect.isroutine(value) or inspect.ismodule(value)
    if not is_routine and not isinstance(value, type):
        return None
    if isinstance(value, type) and value.__module__ == "__main__":
        # Of these `inspect` says that they are built in: a notebook's module has no file.
        found = _class_in_cells(value.__name__, shell)
        if found:
            return found
    try:
        return dedent(inspect.getsource(inspect.unwrap(value))).rstrip()
    except (OSError, TypeError, ValueError):
        return "\n\n".join(filter(None, (repr(value), inspect.getdoc(value))))


def _class_in_cells(name: str, shell: InteractiveShell) -> str | None:
    cells = [cell for cell in shell.user_ns.get("In", ()) if f"class {name}" in cell]
    return next(filter(None, (_class_in(cell, name) for cell in reversed(cells))), None)


def _class_in(cell: str, name: str) -> str | None:
    try:
        tree = ast.parse(cell)
    except (SyntaxError, ValueError):
        return None
    found = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == name]
    if not found:
        return None
    begin = min([found[-1].lineno, *(mark.lineno for mark in found[-1].decorator_list)])
    return "\n".join(cell.splitlines()[begin - 1 : found[-1].end_lineno])
