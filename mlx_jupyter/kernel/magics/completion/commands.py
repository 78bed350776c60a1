"""`%chat history`, `reset`, `save`, `load` and `fix`: what `%chat` does besides asking."""

from __future__ import annotations

from argparse import ArgumentParser

from mlx_jupyter.kernel.magics.completion.offer import Offer
from mlx_jupyter.kernel.magics.completion.option_words import beginning, option_offer
from mlx_jupyter.kernel.magics.completion.paths import paths
from mlx_jupyter.kernel.magics.completion.place import Place

__all__ = ["COMMANDS", "chat_line_offer"]

COMMANDS = {
    "history": "what was said",
    "reset": "forget what was said",
    "save": "write the conversation to a file",
    "load": "take a conversation from a file",
    "fix": "explain the last error",
}
_WITH_PATH = ("save", "load")
_OF_COMMANDS = {"--name": "of the conversation with this name"}
_OF_RESET = {"--all": "all conversations"}


def chat_line_offer(parser: ArgumentParser, place: Place) -> Offer:
    """At the head of a `%chat` line, and behind one of the commands."""
    if not place.arguments:
        commands = beginning(place.word, COMMANDS.items())
        return option_offer(parser, place) if place.is_option else Offer(place.word, commands)
    command, *more = place.arguments
    if command in _WITH_PATH and not more and not place.is_option:
        return Offer(place.word, paths(place.word))
    options = _OF_COMMANDS | (_OF_RESET if command == "reset" else {})
    return Offer(place.word, beginning(place.word, options.items()))
