"""Python expressions on the line of a magic and in a prompt, in the user's namespace."""

from __future__ import annotations

import ast
import builtins
import warnings
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.spelling import did_you_mean

__all__ = ["free_names", "is_known", "unquoted", "value_of"]


def value_of(shell: InteractiveShell, text: str) -> Any:
    """The value of an expression. Raises InvalidRequest for what is none, for names that do not
    exist, and for what fails."""
    names = free_names(text)
    if names is None:
        raise InvalidRequest(f"{text} is no Python expression; a text goes in quotes.")
    unknown = sorted(name for name in names if not is_known(shell, name))
    if unknown:
        raise InvalidRequest(
            f"There is no variable {unknown[0]!r}.{did_you_mean(unknown[0], shell.user_ns)}"
        )
    try:
        return shell.ev(text)
    except Exception as error:  # the user's code
        raise InvalidRequest(f"{text} failed: {type(error).__name__}: {error}") from error


def unquoted(shell: InteractiveShell, text: str) -> str:
    """The expression that `text` holds in quotes, as who knows shells writes one with blanks; else
    `text`, also where a name in it does not exist."""
    try:
        inner = ast.literal_eval(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return text
    names = free_names(inner) if isinstance(inner, str) else None
    return inner if names and all(is_known(shell, name) for name in names) else text


def is_known(shell: InteractiveShell, name: str) -> bool:
    return name in shell.user_ns or hasattr(builtins, name)


def free_names(text: str) -> set[str] | None:
    """The names that an expression needs; None for what is no expression."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree: Any = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    bound = {node.id for node in nodes if isinstance(node, ast.Name) and _is_bound(node)}
    return used - bound - {node.arg for node in nodes if isinstance(node, ast.arg)}


def _is_bound(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)
