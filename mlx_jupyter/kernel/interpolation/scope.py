"""What the names in a prompt mean, and the values of its expressions."""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping, Sequence
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.expression import free_names, is_known
from mlx_jupyter.kernel.interpolation.place import Place
from mlx_jupyter.kernel.spelling import did_you_mean

__all__ = ["Scope"]

_MOST_NAMES = 8
_OF_CELL = re.compile(r"(In|Out)\[")


class Scope:
    """`names`, then the user's, then Python's own. `fallbacks` are ours, for who has no such name.

    One of Python's or IPython's own alone is none: `{{input}}` and `{{open}}` are a template's, and
    nobody means the function.
    """

    def __init__(
        self, shell: InteractiveShell, names: Mapping[str, Any], fallbacks: Mapping[str, Any]
    ) -> None:
        self._shell = shell
        self._of_items = tuple(names)
        known = shell.user_ns
        self._names = {name: fallbacks[name] for name in fallbacks if name not in known} | {**names}

    def check(self, places: Sequence[Place]) -> None:
        """Raises InvalidRequest for the first name that does not exist."""
        for place in places:
            unknown = sorted(
                name for name in self._needed(place) if not self._is_known(name, place)
            )
            if unknown:
                known = [*self._names, *self._shell.user_ns]
                near = did_you_mean(unknown[0], (name for name in known if name[:1] != "_"))
                raise InvalidRequest(
                    f"There is no variable {unknown[0]!r} for {place}.{near}{self._there_is()}"
                    f" Text that should keep its braces: \\{place}, or --raw for the whole prompt."
                )

    def _there_is(self) -> str:
        """What nobody can guess: how the items of `--each` are called."""
        named = [f"{{{{{name}}}}}" for name in self._of_items[:_MOST_NAMES]]
        return f" Of each item there is {', '.join(named)}." if named else ""

    def value(self, place: Place) -> Any:
        """Raises InvalidRequest for what fails."""
        own = {name: self._names[name] for name in self._needed(place) if name in self._names}
        try:
            if not own:
                return self._shell.ev(place.expression)
            # One dict, since a comprehension in an expression sees only its globals.
            return eval(place.expression, {**self._shell.user_ns, **own})  # noqa: S307
        except InvalidRequest:
            raise
        except Exception as error:  # the user's code
            raise InvalidRequest(f"{place} failed: {_said(place, error)}") from error

    def _needed(self, place: Place) -> set[str]:
        return free_names(place.expression) or set()

    def _is_known(self, name: str, place: Place) -> bool:
        if name in self._names:
            return True
        if name == place.expression and hasattr(builtins, name):
            users, own = self._shell.user_ns, self._shell.user_ns_hidden
            return name in users and (name not in own or users[name] is not own[name])
        return is_known(self._shell, name)


def _said(place: Place, error: Exception) -> str:
    said = f"{type(error).__name__}: {error}"
    if isinstance(error, LookupError) and (of := _OF_CELL.match(place.expression)):
        what = "has not run yet" if of[1] == "In" else "has given no output"
        return f"{said}. That cell {what}."
    return said
