"""What the user wrote after `%mlx`, as a `Command`: a verb, and its arguments."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from IPython.core.error import UsageError
from IPython.core.magic_arguments import MagicArgumentParser

from mlx_jupyter.kernel.spelling import did_you_mean, what_is_unknown
from mlx_jupyter.kernel.variables import SHELLS

__all__ = ["Command", "parse_command", "parser_of", "verbs"]

Parser = argparse.ArgumentParser

_DEFAULT = "status"
_KEEP = "a pin of yours, not this notebook's"


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
    parser = parser_of(verb)
    try:
        options, unknown = parser.parse_known_args(words)
    except UsageError as error:
        raise UsageError(f"{error} ({_usage(parser)}).") from None
    if unknown:
        raise UsageError(f"{what_is_unknown(parser, unknown)} ({_usage(parser)}).")
    _check(verb, options, parser)
    return Command(verb, options)


def verbs() -> tuple[str, ...]:
    return tuple(_GRAMMAR)


def parser_of(verb: str) -> Parser:
    """A parser of what follows one of the `verbs`."""
    parser: Parser = MagicArgumentParser(prog=f"%mlx {verb}")
    parser.allow_abbrev = False
    _GRAMMAR[verb](parser)
    return parser


def _unknown(verb: str) -> str:
    known = ", ".join(_GRAMMAR)
    return f"%mlx does not know {verb!r}.{did_you_mean(verb, _GRAMMAR)} It knows: {known}."


def _usage(parser: Parser) -> str:
    """IPython's formatter writes `::` first, and a `%` of its own before the program's."""
    return " ".join(parser.format_usage().split()).removeprefix("::").strip().replace("%%", "%")


def _check(verb: str, options: argparse.Namespace, parser: Parser) -> None:
    """What argparse cannot say: which arguments exclude each other."""
    if verb == "evict" and bool(options.models) == options.all:
        raise UsageError(f"Name the models to evict, or say --all ({_usage(parser)}).")
    if verb == "use" and options.model and options.reset:
        raise UsageError(f"Name a model, or say --reset ({_usage(parser)}).")
    if verb == "connect":
        _connect_check(options, parser)


def _connect_check(options: argparse.Namespace, parser: Parser) -> None:
    given = options.key or options.ca
    is_mixed = options.reset and (options.address or given)
    if is_mixed or (given and not options.address):
        raise UsageError(f"--key and --ca go with ADDRESS, --reset alone ({_usage(parser)}).")


def _nothing(parser: Parser) -> None:
    """`status`, `models`, `doctor`, `panel`: no arguments."""


def _load(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--no-pin", dest="pin", action="store_false", help="load it only")
    parser.add_argument("--keep", action="store_true", help=_KEEP)
    parser.add_argument("--keep-alive", metavar="TIME", help="how long it stays when not pinned")


def _evict(parser: Parser) -> None:
    parser.add_argument("models", metavar="MODEL", nargs="*")
    parser.add_argument("--force", action="store_true", help="also those in use")
    parser.add_argument("--all", action="store_true", help="all that are loaded")


def _pin(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--keep", action="store_true", help=_KEEP)


def _switch(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")
    parser.add_argument("--policy", choices=["lru", "largest", "smart"], help="who leaves")


def _plan(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL")


def _use(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", nargs="?")
    parser.add_argument("--reset", action="store_true", help="the server's default again")


def _events(parser: Parser) -> None:
    parser.add_argument("-n", dest="last", type=_count, metavar="N", help="only the last N")


def _connect(parser: Parser) -> None:
    parser.add_argument("address", metavar="ADDRESS", nargs="?")
    parser.add_argument("--key", metavar="KEY", help="asked for, unseen, where it is needed")
    parser.add_argument("--ca", metavar="FILE", help="the server's certificate, if it has its own")
    parser.add_argument("--reset", action="store_true", help="the server that is found by itself")


def _env(parser: Parser) -> None:
    parser.add_argument("--shell", choices=list(SHELLS), default="sh", help="in whose words")
    parser.add_argument("--show-key", action="store_true", help="into the notebook, key and all")


def _bench(parser: Parser) -> None:
    parser.add_argument("model", metavar="MODEL", nargs="?")
    parser.add_argument("--n", dest="rounds", type=_count, metavar="N", default=3, help="rounds")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 on")
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
    "connect": _connect,
    "doctor": _nothing,
    "env": _env,
    "bench": _bench,
    "panel": _nothing,
}
