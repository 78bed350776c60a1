"""The options that `%%chat` and `%see` have in common."""

from __future__ import annotations

import argparse
import keyword
import math
import re
from collections.abc import Callable
from typing import Any, TypeVar

from IPython.core.magic_arguments import argument

__all__ = ["answer_options", "exact", "variable"]

Magic = TypeVar("Magic", bound=Callable[..., Any])

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


_OPTIONS = (
    argument("-s", "--system", help="system prompt: how the model should behave"),
    argument("-t", "--temperature", type=_number, metavar="TEMP", help="0 = always the likeliest"),
    argument("--top-p", type=_number, metavar="P", help="choose among the likeliest P of all"),
    argument("--max-tokens", type=int, metavar="N", help="longest answer"),
    argument("--seed", type=int, metavar="N", help="same seed, same answer"),
    argument("--stop", action="append", type=_stop_text, metavar="S", help="end before this text"),
    argument("-o", "--output", type=variable, metavar="VAR", help="variable for the answer"),
)


def answer_options(magic: Magic) -> Magic:
    """Adds the options, as a stack of IPython's decorators would."""
    for option in reversed(_OPTIONS):
        option(magic)
    return magic


def exact(magic: Magic) -> Magic:
    """Turns off argparse's guessing, by which `--max` is `--max-tokens` until a `--max-x` comes."""
    magic.parser.allow_abbrev = False  # type: ignore[attr-defined]
    return magic
