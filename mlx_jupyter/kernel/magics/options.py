"""The options of `%%chat`, and those that `%see` has too."""

from __future__ import annotations

import argparse
import keyword
import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from IPython.core.magic_arguments import argument

from mlx_jupyter.kernel.look import FORMS, THINK

__all__ = ["answer_options", "chat_options", "exact", "flags", "variable"]

Magic = TypeVar("Magic", bound=Callable[..., Any])

_NAME_CHARACTERS = 100
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number")
    return value


_number.__name__ = "number"  # argparse names a wrong value's type by it


def _stop_text(text: str) -> str:
    return re.sub(r"\\([nrt\\])", lambda found: _ESCAPES[found[1]], text)


def variable(text: str) -> str:
    """The type of an option whose value is to be assigned to."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a variable")
    return text


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > _NAME_CHARACTERS:
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a conversation")
    return text


_OPTIONS = (
    argument("-s", "--system", help="system prompt: how the model should behave"),
    argument("-t", "--temperature", type=_number, metavar="TEMP", help="0 = always the likeliest"),
    argument("--top-p", type=_number, metavar="P", help="choose among the likeliest P of all"),
    argument("--max-tokens", type=int, metavar="N", help="longest answer"),
    argument("--seed", type=int, metavar="N", help="same seed, same answer"),
    argument("--stop", action="append", type=_stop_text, metavar="S", help="end before this text"),
    argument("-o", "--output", type=variable, metavar="VAR", help="variable for the answer"),
    argument("-q", "--quiet", action="store_true", help="no line of figures below the answer"),
)
_CHAT_OPTIONS = (
    argument("-n", "--name", type=_name, help="continue the conversation of this name"),
    argument("--new", action="store_true", help="begin the conversation anew"),
    argument("-f", "--format", choices=FORMS, metavar="FORM", help=f"shown as: {', '.join(FORMS)}"),
    argument("--schema", metavar="EXPR", help="a type, a class or a JSON schema for the answer"),
    argument("--each", metavar="EXPR", help="ask about each of these items"),
    argument(
        "--think",
        choices=THINK,
        metavar="HOW",
        default="show",
        help="reasoning: show (folded), hide, off (none)",
    ),
    argument("--no-stream", action="store_true", help="show the answer only when it is whole"),
    argument("--raw", action="store_true", help="send {{...}} as it is written"),
    argument("--dry-run", action="store_true", help="only tell what it would take"),
)


def answer_options(magic: Magic) -> Magic:
    """Adds the options of both, as a stack of IPython's decorators would."""
    return _with(_OPTIONS, magic)


def chat_options(magic: Magic) -> Magic:
    return _with(_CHAT_OPTIONS, magic)


def _with(options: tuple[Callable[[Any], Any], ...], magic: Magic) -> Magic:
    for option in reversed(options):
        option(magic)
    return magic


def flags(parser: argparse.ArgumentParser) -> frozenset[str]:
    """The options that take no value."""
    actions = (action for action in parser._actions if action.nargs == 0)
    return frozenset(name for action in actions for name in action.option_strings)


def exact(magic: Magic) -> Magic:
    """Turns off argparse's guessing, by which `--max` is `--max-tokens` until a `--max-x` comes."""
    magic.parser.allow_abbrev = False  # type: ignore[attr-defined]
    return magic
