"""What the user wrote after `%embed` and `%%embed`, as a `Wish`.

    %embed EXPR [options]     EXPR is a Python expression: blanks in it do no harm; options may come
                              before it and after it, so a word that begins with a dash is one
    %%embed [options]         the texts are the lines of the cell

The value of `--into` is an expression as well, and stays as it is; other options are split as a
shell does.
"""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.grammar import parse_options
from mlx_jupyter.kernel.magics.words import expression_end, is_option, option_end, skip_blanks

__all__ = ["Wish", "parse_wish"]

_INTO = re.compile(r"--into(?:=|\s+)(?=\S)")
_FLAGS = ("--no-cache", "--truncate")
_USAGE = "Name the texts: %embed EXPR, or %%embed with one text a line below."


@dataclass(frozen=True)
class Wish:
    """`expression` is empty for a cell. `options` are keywords of `Pool.embed_events`; `variable`
    and `into` are where the vectors go besides `_`."""

    expression: str
    options: dict[str, Any]
    variable: str | None
    into: str | None

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.variable, self.into)))


def parse_wish(parser: argparse.ArgumentParser, line: str, cell: str | None) -> Wish:
    """Raises UsageError that names the mistake."""
    options: list[str] = []
    pieces: list[str] = []
    into = None
    line = line.rstrip().removesuffix(";")  # by which IPython is told to show no result
    at = skip_blanks(line, 0)
    while at < len(line):
        if found := _INTO.match(line, at):
            end = expression_end(line, found.end())
            into = line[found.end() : end]
        elif is_option(line, at):
            end = option_end(line, at, _FLAGS)
            options.append(line[at:end])
        else:
            end = expression_end(line, at)
            pieces.append(line[at:end])
        at = skip_blanks(line, end)
    arguments = parse_options(parser, " ".join(options), "what begins with a dash is an option")
    return _wish(vars(arguments).copy(), " ".join(pieces), into, cell)


def _wish(options: dict[str, Any], expression: str, into: str | None, cell: str | None) -> Wish:
    if cell is None and not expression:
        raise UsageError(_USAGE)
    if cell is not None and expression:
        raise UsageError(f"The texts go below %%embed, one a line, not beside it: {expression}")
    for name in ("positional_texts", "into"):
        del options[name]
    return Wish(expression, options, options.pop("output"), into)
