"""What may stand where the cursor is on the line of a magic."""

from __future__ import annotations

from argparse import Action, ArgumentParser
from collections.abc import Callable, Iterable
from shlex import quote
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.expression import free_names
from mlx_jupyter.kernel.images.place import has_picture_suffix, is_url
from mlx_jupyter.kernel.magics.command import parser_of, verbs
from mlx_jupyter.kernel.magics.completion.call import Call
from mlx_jupyter.kernel.magics.completion.commands import COMMANDS, chat_line_offer
from mlx_jupyter.kernel.magics.completion.hole import open_hole
from mlx_jupyter.kernel.magics.completion.model_names import fitting, suits
from mlx_jupyter.kernel.magics.completion.offer import Offer
from mlx_jupyter.kernel.magics.completion.option_words import beginning, option_offer
from mlx_jupyter.kernel.magics.completion.paths import paths
from mlx_jupyter.kernel.magics.completion.place import Place, locate, positionals_of
from mlx_jupyter.kernel.magics.completion.python import expression_offer
from mlx_jupyter.kernel.magics.completion.roster import Roster
from mlx_jupyter.kernel.magics.verb_help import summary_of

__all__ = ["Offers"]

_MODELS = ("model", "models", "positional_model")
_EXPRESSIONS = ("positional_texts", "into")
_CONVERSATION = "name"
_PICTURES = ("positional_images", "image")
_USUAL = {
    "input_type": ("query", "document"),
    "keep_alive": ("5m", "30m", "1h", "0", "-1"),
}
"""Values of options whose parser lists none, by what they are for."""


class Offers:
    """`conversations` gives the names of those there are."""

    def __init__(
        self,
        shell: InteractiveShell,
        roster: Roster,
        conversations: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._shell = shell
        self._roster = roster
        self._conversations = conversations

    def at(self, call: Call) -> Offer | None:
        """What fits the call up to the cursor. In prose that is nothing, save in a `{{hole`. None
        where someone has put another magic of that name in the place of ours."""
        if call.in_body:
            return self._in_prose(call)
        if call.name == "mlx":
            return self._on_mlx_line(call)
        parser = self._parser(call)
        if parser is None:
            return None
        place = locate(parser, call.text)
        if self._is_prose(call, place):
            return self._in_prose(call)
        if call.name == "chat" and not call.is_cell and place.action is None:
            return chat_line_offer(parser, place)
        return self._at_place(call, parser, place)

    def _parser(self, call: Call) -> ArgumentParser | None:
        magics = self._shell.magics_manager.magics["cell" if call.is_cell else "line"]
        parser: ArgumentParser | None = getattr(magics.get(call.name), "parser", None)
        return parser

    def _in_prose(self, call: Call) -> Offer:
        hole = open_hole(call.text) if call.name != "embed" else None
        return Offer("") if hole is None else expression_offer(self._shell, hole)

    def _is_prose(self, call: Call, place: Place) -> bool:
        """Whether the question of a line has begun before the cursor."""
        if call.is_cell or not place.arguments:
            return False
        if call.name == "chat":
            return place.arguments[0] not in COMMANDS
        return call.name == "see" and not all(map(self._is_picture, place.arguments))

    def _is_picture(self, word: str) -> bool:
        names = free_names(word)
        known = names is not None and names <= self._shell.user_ns.keys()
        return is_url(word) or has_picture_suffix(word.strip("\"'")) or known

    def _on_mlx_line(self, call: Call) -> Offer:
        verb, blank, rest = call.text.lstrip().partition(" ")
        if not blank:
            return Offer(verb, beginning(verb, ((each, summary_of(each)) for each in verbs())))
        if verb not in verbs():
            return Offer("")
        parser = parser_of(verb)
        return self._at_place(call, parser, locate(parser, rest), verb)

    def _at_place(
        self, call: Call, parser: ArgumentParser, place: Place, verb: str | None = None
    ) -> Offer:
        action = place.action or _positional(parser, call, place)
        if place.is_option or action is None:
            return option_offer(parser, place)
        if place.arguments and not place.word and action.nargs == "*" and call.name == "embed":
            return option_offer(parser, place)  # the expression is whole
        if action.dest in _EXPRESSIONS or action.metavar == "EXPR":
            return expression_offer(self._shell, place.expression)
        if action.dest in _PICTURES:
            return self._pictures(place)
        if action.metavar in ("PATH", "FILE"):
            return Offer(place.word, paths(place.word))
        if action.dest in _MODELS:
            return self._models(call, place, verb)
        if action.dest == _CONVERSATION:
            values: Iterable[Any] = map(quote, self._conversations())
        else:
            values = action.choices or _USUAL.get(action.dest, ())
        return Offer(place.word, beginning(place.word, ((str(value), "") for value in values)))

    def _models(self, call: Call, place: Place, verb: str | None) -> Offer:
        *others, typed = place.word.split(",")
        others += place.arguments
        found = fitting(self._roster.models(), typed, suits(call.name, verb), others)
        return Offer(typed, found)

    def _pictures(self, place: Place) -> Offer:
        files = Offer(place.word, paths(place.word, only_pictures=True))
        values = expression_offer(self._shell, place.word)
        if values.typed != place.word:  # an attribute or a key: no path looks like that
            return values
        return Offer(place.word, [*files.completions, *values.completions])


def _positional(parser: ArgumentParser, call: Call, place: Place) -> Action | None:
    """Which argument it is; None where none is expected: `%%embed` has them below."""
    all_of_them = positionals_of(parser)
    if (call.name, call.is_cell) == ("embed", True) or not all_of_them:
        return None
    if all_of_them[-1].nargs in ("*", "+"):
        return all_of_them[min(len(place.arguments), len(all_of_them) - 1)]
    return dict(enumerate(all_of_them)).get(len(place.arguments))
