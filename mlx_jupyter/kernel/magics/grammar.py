"""What the user wrote after `%chat` and `%%chat`, as a `Question`.

    %%chat [MODEL] [options]         the prompt is the rest of the cell
    %chat [options] the prompt       the rest of the line is the prompt, as it is: quotes and
                                     apostrophes in it mean nothing; `--` ends the options

Options are split as a POSIX shell does, except that a backslash before a letter stays: `--stop \\n`
means what it seems to.
"""

from __future__ import annotations

import argparse
import keyword
import math
import re
import shlex
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

__all__ = ["Question", "number", "parse_cell", "parse_line", "stop_text", "variable"]

_WORD = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*')+""")
_QUOTED_OR_ESCAPE = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\([A-Za-z])""")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


@dataclass(frozen=True)
class Question:
    """`options` are keywords of `Pool.chat`; `variable` is where the answer goes besides `_`."""

    prompt: str
    options: dict[str, Any]
    variable: str | None = None


def parse_cell(parser: argparse.ArgumentParser, line: str, cell: str) -> Question:
    """Raises UsageError that names the mistake."""
    arguments = _parse(parser, line, "%%chat takes one MODEL; the prompt goes below it")
    if not cell.strip():
        raise UsageError("The cell is empty below %%chat: write the prompt there.")
    if arguments.positional_model and arguments.model:
        both = f"{arguments.positional_model} and {arguments.model}"
        raise UsageError(f"Two models are given, {both}: keep one.")
    return _question(arguments, cell.strip("\n"))


def parse_line(parser: argparse.ArgumentParser, line: str) -> Question:
    """Raises UsageError that names the mistake."""
    options, prompt = _split(line)
    arguments = _parse(parser, options, "put -- before a prompt that begins with a dash")
    if not prompt:
        raise UsageError("Nothing is asked: write %chat QUESTION, or %%chat with the prompt below.")
    return _question(arguments, prompt)


def _question(arguments: argparse.Namespace, prompt: str) -> Question:
    options = vars(arguments).copy()
    options["model"] = options.pop("positional_model") or options["model"]
    name = options.pop("output")
    return Question(prompt, options, name)


def _parse(parser: argparse.ArgumentParser, line: str, hint: str) -> argparse.Namespace:
    try:
        words = shlex.split(_QUOTED_OR_ESCAPE.sub(_keep_escape, line))
    except ValueError as error:
        raise UsageError(f"{error} in: {line.strip()}") from None
    arguments, unknown = parser.parse_known_args(words)
    if unknown:
        kind = "Unknown option" if unknown[0].startswith("-") else "Unexpected"
        raise UsageError(f"{kind}: {' '.join(unknown)} ({hint}; %%chat? shows the options).")
    return arguments


def _keep_escape(found: re.Match[str]) -> str:
    """Doubles the backslash of an escape outside quotes, where shlex would drop it."""
    return rf"\\{found[1]}" if found[1] else found[0]


def _split(line: str) -> tuple[str, str]:
    """The options at the head of a `%chat` line, and the rest. Every option takes one value."""
    at = _skip_blanks(line, 0)
    while line[at:].startswith("-") and (word := _WORD.match(line, at)):
        if word[0] in ("-", "--"):
            break
        at = _skip_blanks(line, word.end())
        if not _holds_its_value(word[0]):
            value = _WORD.match(line, at)
            at = _skip_blanks(line, value.end() if value else len(line))
    options, prompt = line[:at], line[at:]
    return options, re.sub(r"^--(\s+|$)", "", prompt).strip()


def _skip_blanks(line: str, at: int) -> int:
    return len(line) - len(line[at:].lstrip())


def _holds_its_value(option: str) -> bool:
    """`--seed=7` and `-t0.8` do; `--seed` and `-t` have it in the next word."""
    return "=" in option if option.startswith("--") else len(option) > len("-t")


def number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text} is not a finite number")
    return value


def stop_text(text: str) -> str:
    return re.sub(r"\\([nrt\\])", lambda found: _ESCAPES[found[1]], text)


def variable(text: str) -> str:
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be the name of a variable")
    return text
