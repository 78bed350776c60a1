"""Our matcher among those of IPython's completer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from IPython.core.completer import CompletionContext, SimpleCompletion
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.magics.completion.call import call_at
from mlx_jupyter.kernel.magics.completion.offers import Offers
from mlx_jupyter.kernel.magics.completion.roster import Roster
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["Matcher", "register", "unregister"]

_OF_SYMBOLS = {"IPCompleter.latex_name_matcher"}
"""IPython's, which turns `\\alpha` into its letter: of use in prose too."""


class Matcher:
    """Where a magic of ours stands, it alone answers; elsewhere it says nothing."""

    matcher_identifier = "mlx_jupyter"
    matcher_api_version = 2
    matcher_priority = 100

    def __init__(self, shell: InteractiveShell, session: Session) -> None:
        # IPython reads it even of a matcher that has an identifier.
        self.__qualname__ = type(self).__qualname__
        self._roster = Roster(lambda: session.connection.endpoint)
        self._offers = Offers(shell, self._roster, session.conversations.begun)

    def __call__(self, context: CompletionContext) -> dict[str, Any]:
        call = call_at(context.full_text, context.cursor_line, context.cursor_position)
        offer = self._offers.at(call) if call else None
        if call is None or offer is None:
            return {"completions": [], "suppress": False}
        return {
            "completions": [_unbroken(each) for each in offer.completions] or _Silence(),
            "matched_fragment": offer.typed,
            "suppress": True,
            "do_not_suppress": _OF_SYMBOLS if call.in_body else set(),
            "ordered": True,
        }

    def close(self) -> None:
        self._roster.close()


def _unbroken(offered: SimpleCompletion) -> SimpleCompletion:
    """JupyterLab breaks the lines of a type at blanks, and writes them over each other."""
    kind = (offered.type or "").replace(" ", "\N{NO-BREAK SPACE}")
    return SimpleCompletion(offered.text, type=kind or None)


class _Silence:
    """No completions. IPython lets a matcher suppress the others only if it has some itself, which
    it asks by the length: prose would be full of Python's names."""

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[SimpleCompletion]:
        return iter(())


def register(shell: InteractiveShell, session: Session) -> None:
    shell.Completer.custom_matchers.append(Matcher(shell, session))


def unregister(shell: InteractiveShell) -> None:
    """Takes it away and ends its thread; does nothing if it is not there."""
    matchers = shell.Completer.custom_matchers
    for matcher in [each for each in matchers if isinstance(each, Matcher)]:
        matchers.remove(matcher)
        matcher.close()
