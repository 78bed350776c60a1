"""Fills `{{expr}}` in a prompt with values of the user's."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.interpolation.err import Errors
from mlx_jupyter.kernel.interpolation.place import Place, places_in
from mlx_jupyter.kernel.interpolation.rendering import rendered
from mlx_jupyter.kernel.interpolation.scope import Scope

__all__ = ["Filled", "fill"]

_NO_NAMES: Mapping[str, Any] = MappingProxyType({})
_CONVERSIONS: Mapping[str, Callable[[Any], Any]] = MappingProxyType(
    {"": lambda value: value, "r": repr, "s": str, "a": ascii}
)


@dataclass
class Filled:
    """A prompt as it is sent. Where a value was a picture the text has `(image 1)`; `pictures` are
    to be attached, in that order."""

    text: str = ""
    pictures: list[Picture] = field(default_factory=list)


def fill(
    shell: InteractiveShell,
    text: str,
    names: Mapping[str, Any] = _NO_NAMES,
    *,
    pictures_before: int = 0,
) -> Filled:
    """`text` with the value of each `{{expr}}` (see `place` and `rendering`), evaluated once each,
    in order, in the user's namespace with `names` before it. `Err` is the last error of a cell.

    `pictures_before` are attached before these, and so shift their numbers. Raises InvalidRequest:
    for a name that does not exist before anything is evaluated, and for an expression that fails.
    """
    if "{{" not in text:
        return Filled(text)
    places = list(places_in(text))
    errors = Errors.of(shell)
    scope = Scope(shell, names, {} if errors is None else {"Err": errors})
    scope.check([place for place in places if place.literal is None])
    filled = Filled()
    parts, at = [], 0
    for place in places:
        parts += [text[at : place.begin], _written(place, scope, shell, filled, pictures_before)]
        at = place.end
    filled.text = "".join([*parts, text[at:]])
    return filled


def _written(
    place: Place, scope: Scope, shell: InteractiveShell, filled: Filled, pictures_before: int
) -> str:
    """The text in the place of a place; its pictures go to `filled`."""
    if place.literal is not None:
        return place.literal
    value = scope.value(place)
    try:
        if place.conversion or place.spec:
            return format(_CONVERSIONS[place.conversion](value), place.spec)
        words = rendered(value, place.expression, shell)
    except MLXJupyterError:
        raise
    except Exception as error:  # the user's code, in a repr
        raise InvalidRequest(f"{place} failed: {type(error).__name__}: {error}") from error
    if isinstance(words, str):
        return words
    first = pictures_before + len(filled.pictures) + 1
    filled.pictures += words
    return " ".join(f"(image {first + at})" for at in range(len(words)))
