"""What the user wrote after `%mlx`, as a `Command`: a verb, and its arguments."""

from __future__ import annotations

import argparse
import difflib
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

__all__ = ["Command", "parse_command"]

Parser = argparse.ArgumentParser

_LATER = ("connect", "bench", "doctor", "env")
_DEFAULT = "status"


@dataclass(frozen=True)
class Command:
    verb: str
    options: argparse.Namespace


def parse_command(line: str) -> Command:
    """`%mlx` alone is `%mlx status`. Raises UsageError that names the mistake."""
    try:
        verb, *words = shlex.split(line) or [_DEFAULT]
    except ValueError as error:
        raise UsageError(f"{error} in: {line.strip()}") from None
    if verb not in _GRAMMAR:
        raise UsageError(_unknown(verb))
    parser = MagicArgumentParser(prog=f"%mlx {verb}")
    parser.allow_abbrev = False
    _GRAMMAR[verb](parser)
    options, unknown = parser.parse_known_args(words)
    if unknown:
        kind = "Unknown option" if unknown[0].startswith("-") else "Unexpected"
        raise UsageError(f"{kind}: {' '.join(unknown)} ({_usage(parser)}).")
    _check(verb, options, parser)
    return Command(verb, options)


def _unknown(verb: str) -> str:
    if verb in _LATER:
        return f"%mlx {verb} is not there yet."
    known = ", ".join(_GRAMMAR)
    near = difflib.get_close_matches(verb, _GRAMMAR, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"%mlx does not know {verb!r}.{meant} It knows: {known}."


def _usage(parser: Parser) -> str:
    """IPython's formatter writes `::` first, and a `%` of its own before the program's."""
    return " ".join(parser.format_usage().split()).removeprefix("::").strip().replace("%%", "%")


def _check(verb: str, options: argparse.Namespace, parser: Parser) -> None:
    """What argparse cannot say: which arguments exclude each other."""
    if verb == "evict" and bool(options.models) == options.all:
        raise UsageError(f"Name the models to evict, or say --all ({_usage(parser)}).")
    if verb == "use" and options.model and options.reset:
        raise UsageError(f"Name a model, or say --reset ({_usage(parser)}).")


def _nothing(parser: Parser) -> None:
    """`status`, `models`, `panel`: no arguments."""


def _load(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--no-pin", dest="pin", action="store_false")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--keep-alive", metavar="TIME")


def _evict(parser: Parser) -> None:
    parser.add_argument("models", metavar="MODEL", nargs="*")
    parser.add_argument("--force", action="store_true")
    parser.add_argument("--all", action="store_true")


def _pin(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--keep", action="store_true")


def _switch(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--policy", choices=["lru", "largest", "smart"])


def _plan(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")


def _use(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", nargs="?")
    parser.add_argument("--reset", action="store_true")


def _events(parser: Parser) -> None:
    parser.add_argument("-n", dest="last", type=_count, metavar="N")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of events")
    return int(text)


_GRAMMAR: dict[str, Callable[[Parser], None]] = {
    "status": _nothing,
    "models": _nothing,
    "load": _load,
    "evict": _evict,
    "pin": _pin,
    "unpin": _pin,
    "switch": _switch,
    "plan": _plan,
    "use": _use,
    "events": _events,
    "panel": _nothing,
}
