"""What the user wrote after `%chat` and `%%chat`, as a `Question`.

    %%chat [MODEL] [options]         the prompt is the rest of the cell
    %chat [options] the prompt       the rest of the line is the prompt, as it is: quotes and
                                     apostrophes in it mean nothing; `--` ends the options

Options are split as a POSIX shell does, except that a backslash before a letter stays: `--stop \\n`
means what it seems to; the words after `-i` stay as they are, for `image_words`.
"""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.spelling import what_is_unknown
from mlx_jupyter.kernel.magics.words import is_option, option_end, skip_blanks, without_images

__all__ = ["Question", "parse_cell", "parse_line", "parse_options"]

_QUOTED_OR_ESCAPE = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\([A-Za-z])""")

_OTHERS = {"see": "%see", "embed": "%embed"}
"""How help is asked for; else by `%%chat?`."""


@dataclass(frozen=True)
class Question:
    """`options` are keywords of `Pool.chat`; `variable` is where the answer goes besides `_`.
    `image_words` name pictures and have not been looked at yet."""

    prompt: str
    options: dict[str, Any]
    variable: str | None = None
    image_words: tuple[str, ...] = ()


def parse_cell(parser: argparse.ArgumentParser, line: str, cell: str) -> Question:
    """Raises UsageError that names the mistake."""
    line, images = without_images(line)
    arguments = parse_options(parser, line, "%%chat takes one MODEL; the prompt goes below it")
    if not cell.strip():
        raise UsageError("The cell is empty below %%chat: write the prompt there.")
    if arguments.positional_model and arguments.model:
        both = f"{arguments.positional_model} and {arguments.model}"
        raise UsageError(f"Two models are given, {both}: keep one.")
    return _question(arguments, cell.strip("\n"), images)


def parse_line(parser: argparse.ArgumentParser, line: str) -> Question:
    """Raises UsageError that names the mistake."""
    head, prompt = _split(line)
    options, images = without_images(head)
    arguments = parse_options(parser, options, "put -- before a prompt that begins with a dash")
    if not prompt:
        raise UsageError("Nothing is asked: write %chat QUESTION, or %%chat with the prompt below.")
    return _question(arguments, prompt, images)


def _question(arguments: argparse.Namespace, prompt: str, images: list[str]) -> Question:
    options = vars(arguments).copy()
    del options["image"]
    options["model"] = options.pop("positional_model") or options["model"]
    name = options.pop("output")
    return Question(prompt, options, name, tuple(images))


def parse_options(parser: argparse.ArgumentParser, line: str, hint: str) -> argparse.Namespace:
    """Raises UsageError for what is no option, with the hint."""
    try:
        words = shlex.split(_QUOTED_OR_ESCAPE.sub(_keep_escape, line))
    except ValueError as error:
        raise UsageError(f"{error} in: {line.strip()}") from None
    magic = next((_OTHERS[name] for name in _OTHERS if parser.prog.endswith(name)), "%%chat")
    if {"-h", "--help"} & set(words):
        raise UsageError(f"{magic}? shows the options and examples.")
    try:
        arguments, unknown = parser.parse_known_args(words)
    except UsageError as error:
        raise UsageError(f"{error} ({magic}? shows the options).") from None
    if unknown:
        raise UsageError(
            f"{what_is_unknown(parser, unknown)} ({hint}; {magic}? shows the options)."
        )
    return arguments


def _keep_escape(found: re.Match[str]) -> str:
    """Doubles the backslash of an escape outside quotes, where shlex would drop it."""
    return rf"\\{found[1]}" if found[1] else found[0]


def _split(line: str) -> tuple[str, str]:
    """The options at the head of a `%chat` line, and the rest. Every option takes one value."""
    at = skip_blanks(line, 0)
    while is_option(line, at):
        at = option_end(line, at)
    return line[:at], re.sub(r"^--(\s+|$)", "", line[at:]).strip()
