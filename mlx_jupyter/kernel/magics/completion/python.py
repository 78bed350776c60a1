"""What IPython offers for a Python expression, wherever that stands."""

from __future__ import annotations

from IPython.core.completer import SimpleCompletion, provisionalcompleter, rectify_completions
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.magics.completion.offer import Offer

__all__ = ["expression_offer"]

_NOT_PYTHON = ("magic", "path")


def expression_offer(shell: InteractiveShell, expression: str) -> Offer:
    """Names, attributes and keys as in a cell that holds nothing else; for nothing typed yet the
    user's own variables."""
    if not expression:
        return Offer("", _variables(shell))
    with provisionalcompleter():
        found = shell.Completer.completions(expression, len(expression))
        python = [each for each in found if each.type not in _NOT_PYTHON]
        aligned = list(rectify_completions(expression, python))
    if not aligned:
        return Offer("")
    completions = [SimpleCompletion(each.text, type=each.type) for each in aligned]
    return Offer(expression[aligned[0].start :], completions)


def _variables(shell: InteractiveShell) -> list[SimpleCompletion]:
    hidden = shell.user_ns_hidden
    names = [name for name in shell.user_ns if not name.startswith("_") and name not in hidden]
    return [SimpleCompletion(name, type=type(shell.user_ns[name]).__name__) for name in names]
