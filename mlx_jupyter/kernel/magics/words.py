"""Where the words of a line end: those of a shell, and those that may be Python expressions.

Blanks inside the brackets and quotes of an expression belong to it. Brackets and quotes that are
never closed, and an apostrophe inside a word, are letters.
"""

from __future__ import annotations

import re
from collections.abc import Collection

__all__ = ["expression_end", "is_option", "option_end", "skip_blanks", "without_expressions"]

_SHELL_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""")
_OPTION = re.compile(r"-(?![\d.]|-?(?:\s|$))")
_EXPRESSION_OPTION = re.compile(
    r"(?:--(?P<name>image|schema|each)(?:=|(?=\s|$))|-i)\s*",
)
_QUOTED = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_STRING_PREFIX = re.compile(r"[bfru]{1,2}", re.IGNORECASE)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def skip_blanks(line: str, at: int) -> int:
    return len(line) - len(line[at:].lstrip())


def is_option(line: str, at: int) -> bool:
    """Whether an option begins `at`: `-` and `--` are none, nor is a negative number."""
    return _OPTION.match(line, at) is not None


def option_end(line: str, at: int, flags: Collection[str] = ()) -> int:
    """Where the option that begins `at` ends, with its value and the blanks behind it. All options
    take a value, save `flags`."""
    if expression := _EXPRESSION_OPTION.match(line, at):
        return skip_blanks(line, expression_end(line, expression.end()))
    word = _SHELL_WORD.match(line, at)
    if word is None:
        return len(line)
    end = skip_blanks(line, word.end())
    if word[0] in flags or _holds_its_value(word[0]):
        return end
    value = _SHELL_WORD.match(line, end)
    return skip_blanks(line, value.end() if value else len(line))


def _holds_its_value(option: str) -> bool:
    """`--seed=7` and `-t0.8` do; `--seed` and `-t` have it in the next word."""
    return "=" in option if option.startswith("--") else len(option) > len("-t")


def without_expressions(options: str) -> tuple[str, dict[str, list[str]]]:
    """`options` without those that take expressions, and these as they were written, by the names
    of their options: `image` (also `-i`), `schema`, `each`."""
    kept: list[str] = []
    expressions: dict[str, list[str]] = {"image": [], "schema": [], "each": []}
    at = skip_blanks(options, 0)
    while at < len(options):
        found = _EXPRESSION_OPTION.match(options, at)
        if found and found.end() < len(options):
            end = expression_end(options, found.end())
            expressions[found["name"] or "image"].append(options[found.end() : end])
        else:
            word = _SHELL_WORD.match(options, at)
            end = word.end() if word else len(options)
            kept.append(options[at:end])
        at = skip_blanks(options, end)
    return " ".join(kept), expressions


def expression_end(line: str, begin: int) -> int:
    """Where the word ends that begins there, be it an expression or not."""
    open_brackets: list[str] = []
    at = begin
    while at < len(line) and (open_brackets or not line[at].isspace()):
        letter = line[at]
        if letter in _CLOSING:
            open_brackets.append(_CLOSING[letter])
        elif open_brackets and letter == open_brackets[-1]:
            open_brackets.pop()
        at += _step(line, at, line[begin:at])
    return _plain_end(line, begin) if open_brackets else at


def _step(line: str, at: int, before: str) -> int:
    """How many letters go together: a quoted text, an escaped letter, or one."""
    if line[at] == "\\":
        return min(2, len(line) - at)
    quoted = _QUOTED.match(line, at)
    inside_a_word = before[-1:].isalnum() and not _STRING_PREFIX.fullmatch(before)
    return len(quoted[0]) if quoted and not inside_a_word else 1


def _plain_end(line: str, begin: int) -> int:
    blank = re.compile(r"\s|$").search(line, begin)
    return blank.start() if blank else len(line)
