"""What the user wrote after `%chat` and `%%chat`, as a `Question`.

    %%chat [MODEL] [options]         the prompt is the rest of the cell
    %chat [options] the prompt       the rest of the line is the prompt, as it is: quotes and
                                     apostrophes in it mean nothing; `--` ends the options

Options are split as a POSIX shell does, except that a backslash before a letter stays: `--stop \\n`
means what it seems to; the words after `-i`, `--schema` and `--each` stay as they are, for they are
expressions.
"""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.options import flags
from mlx_jupyter.kernel.magics.refusals import refuse_conflicts
from mlx_jupyter.kernel.magics.words import (
    is_option,
    option_end,
    skip_blanks,
    without_expressions,
)
from mlx_jupyter.kernel.spelling import what_is_unknown

__all__ = ["Question", "options_first", "parse_cell", "parse_line", "parse_options"]

_QUOTED_OR_ESCAPE = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\([A-Za-z])""")
_MODEL = re.compile(r"(?P<model>[\w.+@-]+/[\w.+@/-]*\w)\s")

_OTHERS = {"see": "%see", "embed": "%embed"}
"""How help is asked for; else by `%%chat?`."""


@dataclass(frozen=True)
class Question:
    """`options` are keywords of `Pool.chat`; `variable` is where the answer goes besides `_`.
    `image_words` name pictures and have not been looked at yet, `schema` and `each` are expressions
    as they were written. With `models` all that were named are told, also a single one.

    `may_be_model` is the first word of a line that looks like a model's id; `is_literal` says that
    the line was put behind `--`, so that no word of it is a command.
    """

    prompt: str
    options: dict[str, Any]
    variable: str | None = None
    image_words: tuple[str, ...] = ()
    conversation: str | None = None
    new: bool = False
    form: str = "markdown"
    schema: str | None = None
    each: str | None = None
    think: str = "show"
    stream: bool = True
    raw: bool = False
    dry_run: bool = False
    models: tuple[str, ...] = ()
    quiet: bool = False
    may_be_model: str | None = None
    is_literal: bool = False


def parse_cell(parser: argparse.ArgumentParser, line: str, cell: str) -> Question:
    """Raises UsageError that names the mistake."""
    line, expressions = without_expressions(line)
    arguments = parse_options(parser, line, "%%chat takes one MODEL; the prompt goes below it")
    if not cell.strip():
        raise UsageError("The cell is empty below %%chat: write the prompt there.")
    if arguments.positional_model and arguments.model:
        _models(arguments.model)  # a blank behind a comma makes two of them
        both = f"{arguments.positional_model} and {arguments.model}"
        raise UsageError(f"Two models are given, {both}: keep one.")
    return _question(arguments, cell.strip("\n"), expressions)


def parse_line(parser: argparse.ArgumentParser, line: str) -> Question:
    """Raises UsageError that names the mistake."""
    head, rest = _split(line, parser)
    options, expressions = without_expressions(head)
    arguments = parse_options(parser, options, "put -- before a prompt that begins with a dash")
    prompt = re.sub(r"^--(\s+|$)", "", rest).strip()
    if not prompt:
        raise UsageError("Nothing is asked: write %chat QUESTION, or %%chat with the prompt below.")
    model = None if arguments.model else _MODEL.match(rest)
    return _question(
        arguments,
        prompt,
        expressions,
        may_be_model=model["model"] if model else None,
        is_literal=re.match(r"--(\s|$)", rest) is not None,
    )


def options_first(parser: argparse.ArgumentParser, line: str, at: int) -> str:
    """`line` with the options that stand behind its first `at` letters before these."""
    options, rest = _split(line[at:], parser)
    return f"{options} {line[:at].strip()} {rest}"


def _question(
    arguments: argparse.Namespace, prompt: str, expressions: dict[str, list[str]], **more: Any
) -> Question:
    options = vars(arguments).copy()
    models = _models(options.pop("positional_model") or options["model"])
    form = options.pop("format")
    question = Question(
        prompt,
        options,
        options.pop("output"),
        tuple(expressions["image"]),
        conversation=options.pop("name"),
        new=options.pop("new"),
        form=form or ("json" if expressions["schema"] else "markdown"),
        schema=_single(expressions, "schema"),
        each=_single(expressions, "each"),
        think=options.pop("think"),
        stream=not options.pop("no_stream"),
        raw=options.pop("raw"),
        dry_run=options.pop("dry_run"),
        models=models,
        quiet=options.pop("quiet"),
        **more,
    )
    for name in ("image", "schema", "each"):
        del options[name]
    options["model"] = models[0] if len(models) == 1 else None
    if question.think == "off":
        options["enable_thinking"] = False
    refuse_conflicts(question)
    return question


def _models(written: str | None) -> tuple[str, ...]:
    """The names between the commas. An id has none."""
    if written is None:
        return ()
    names = tuple(name.strip() for name in written.split(","))
    if not all(names):
        raise UsageError(f"A model's name is missing in {written!r}: write -m a,b without blanks.")
    return names


def _single(expressions: dict[str, list[str]], name: str) -> str | None:
    found = expressions[name]
    if len(found) > 1:
        raise UsageError(f"--{name} is given {len(found)} times: keep one.")
    return found[0] if found else None


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


def _split(line: str, parser: argparse.ArgumentParser) -> tuple[str, str]:
    """The options at the head of a `%chat` line, and the rest."""
    at = skip_blanks(line, 0)
    without_value = flags(parser)
    while is_option(line, at):
        at = option_end(line, at, without_value)
    return line[:at], line[at:]
