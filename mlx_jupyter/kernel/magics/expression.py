"""Python expressions on the line of a magic, in the user's namespace."""

from __future__ import annotations

import ast
import builtins
import difflib
import warnings
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest

__all__ = ["free_names", "is_known", "value_of"]


def value_of(shell: InteractiveShell, text: str) -> Any:
    """The value of an expression. Raises InvalidRequest for what is none, for names that do not
    exist, and for what fails."""
    names = free_names(text)
    if names is None:
        raise InvalidRequest(f"{text} is no Python expression; a text goes in quotes.")
    unknown = sorted(name for name in names if not is_known(shell, name))
    if unknown:
        near = difflib.get_close_matches(unknown[0], list(shell.user_ns), n=1)
        meant = f" Did you mean {near[0]}?" if near else ""
        raise InvalidRequest(f"There is no variable {unknown[0]!r}.{meant}")
    try:
        return shell.ev(text)
    except Exception as error:  # the user's code
        raise InvalidRequest(f"{text} failed: {type(error).__name__}: {error}") from error


def is_known(shell: InteractiveShell, name: str) -> bool:
    return name in shell.user_ns or hasattr(builtins, name)


def free_names(text: str) -> set[str] | None:
    """The names that an expression needs; None for what is no expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: Any = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError):
        return None
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and _is_bound(node)}
    return used - bound - {node.arg for node in nodes if isinstance(node, ast.arg)}


def _is_bound(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
