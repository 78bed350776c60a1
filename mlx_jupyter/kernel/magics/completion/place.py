"""Where on the line of a magic the cursor stands: in an option, in its value, or in an argument.

The line is read as the magics read it (`magics.words`), with one difference: a bracket or a quote
that is still open at the cursor goes on to it.
"""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from mlx_jupyter.kernel.magics.words import expression_end, is_option, skip_blanks

__all__ = ["Place", "locate", "options_of", "positionals_of"]

_OPTION = re.compile(r"--?[^\s=]*")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Place:
    """`word` is what is typed there; `expression` the arguments up to the cursor as one text.
    `action` is the option whose value it is, or None for an argument and for an option itself.
    `arguments` and `options` are those before it."""

    word: str
    expression: str
    is_option: bool
    action: Action | None
    arguments: tuple[str, ...]
    options: tuple[str, ...]


@dataclass(frozen=True)
class _Piece:
    """An option if it has a name, the value of one if it has an action, else an argument."""

    begin: int
    end: int
    name: str
    action: Action | None

    @property
    def is_argument(self) -> bool:
        return not self.name and self.action is None


def options_of(parser: ArgumentParser) -> dict[str, Action]:
    return {name: action for action in parser._actions for name in action.option_strings}


def positionals_of(parser: ArgumentParser) -> list[Action]:
    return [action for action in parser._actions if not action.option_strings]


def locate(parser: ArgumentParser, line: str) -> Place:
    """The place at the end of `line`, which is what stands before the cursor."""
    *before, last = _pieces(line, options_of(parser))
    run = list(takewhile(lambda piece: piece.is_argument, reversed([*before, last])))
    return Place(
        word=line[last.begin :],
        expression=line[run[-1].begin if run else last.begin :],
        is_option=bool(last.name),
        action=last.action,
        arguments=tuple(line[each.begin : each.end] for each in before if each.is_argument),
        options=tuple(each.name for each in before if each.name),
    )


def _pieces(line: str, known: dict[str, Action]) -> Iterator[_Piece]:
    """The last one ends where the line does, and is empty after a blank."""
    at, action = skip_blanks(line, 0), None
    while True:
        name = "" if action else _option_at(line, at, known)
        end = at + len(name) if name else _word_end(line, at)
        yield _Piece(at, end, name, action)
        if end == len(line):
            return
        option = known.get(name)
        action = option if option is not None and option.nargs != 0 else None
        at = end + 1 if name and line[end] == "=" else skip_blanks(line, end)


def _option_at(line: str, at: int, known: dict[str, Action]) -> str:
    """The name of the option that begins there: `-m`, also in `-mdemo/chat`; else nothing."""
    typing = line[at:] in ("-", "--")
    found = _OPTION.match(line, at)
    if not found or not (typing or is_option(line, at)):
        return ""
    name = found[0]
    short = None if name in known or name.startswith("--") else known.get(name[:2])
    return name[:2] if short is not None and short.nargs != 0 else name


def _word_end(line: str, begin: int) -> int:
    return len(line) if _is_open(line[begin:]) else expression_end(line, begin)


def _is_open(text: str) -> bool:
    """Whether a quote or a bracket of the word at the head of `text` is not closed."""
    closing: list[str] = []
    quote = before = ""
    for letter in text:
        if quote:
            quote = "" if letter == quote and before != "\\" else quote
        elif letter in "\"'" and not before.isalnum():
            quote = letter
        elif letter in _CLOSING:
            closing.append(_CLOSING[letter])
        elif closing and letter == closing[-1]:
            closing.pop()
        elif letter.isspace() and not closing:
            return False
        before = letter
    return bool(quote or closing)
