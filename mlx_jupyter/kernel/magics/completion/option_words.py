"""The options of a magic that fit what is typed, and other words out of a list."""

from __future__ import annotations

from argparse import ArgumentParser, _AppendAction
from collections.abc import Iterable

from IPython.core.completer import SimpleCompletion

from mlx_jupyter.kernel.magics.completion.offer import Offer
from mlx_jupyter.kernel.magics.completion.place import Place, options_of

__all__ = ["beginning", "option_offer"]

_MOST_LETTERS = 60


def option_offer(parser: ArgumentParser, place: Place) -> Offer:
    """Long names, and short ones that are typed or have no other; none that is there already,
    unless it may be there twice."""
    word = place.word
    if word and not word.startswith("-"):
        return Offer(word)
    known = options_of(parser)
    given = [known[name] for name in place.options if name in known]
    found = [
        (name, _words(action.help))
        for name, action in known.items()
        if (action not in given or isinstance(action, _AppendAction))
        and (name.startswith("--") or name == word or len(action.option_strings) == 1)
    ]
    return Offer(word, beginning(word, found))


def _words(text: str | None) -> str:
    words = (text or "").replace("%%", "%")
    return words if len(words) <= _MOST_LETTERS else f"{words[: _MOST_LETTERS - 1]}…"


def beginning(typed: str, offered: Iterable[tuple[str, str]]) -> list[SimpleCompletion]:
    return [
        SimpleCompletion(text, type=words or "value")
        for text, words in offered
        if text.startswith(typed)
    ]
