"""Lets a `%chat` or `%see` line end in a question mark.

IPython takes `%chat What is a token?` for a request for help on `token` (`HelpEnd`, priority 5),
and the question never reaches the magic. `QuestionLine` claims such lines first; `%chat?`, with no
blank after the name, is still help.
"""

from __future__ import annotations

from collections.abc import Iterable
from tokenize import DEDENT, INDENT, TokenInfo
from typing import Self

from IPython.core.inputtransformer2 import (
    TokenTransformBase,
    assemble_continued_line,
    find_end_of_continued_line,
)

__all__ = ["QuestionLine"]


class QuestionLine(TokenTransformBase):  # type: ignore[misc]
    """`%chat TEXT` or `%see TEXT`, alone or after `name =`, as a call of the magic with TEXT."""

    priority = 4

    def __init__(self, line_start: tuple[int, int], percent_column: int) -> None:
        super().__init__(line_start)
        self.percent_column = percent_column

    @classmethod
    def find(cls, tokens_by_line: Iterable[list[TokenInfo]]) -> Self | None:
        for line in tokens_by_line:
            tokens = [token for token in line if token.type not in (INDENT, DEDENT)]
            at = _percent_of_magic(tokens)
            if at is not None:
                return cls(tokens[0].start, tokens[at].start[1])
        return None

    def transform(self, lines: list[str]) -> list[str]:
        end = find_end_of_continued_line(lines, self.start_line)
        call = assemble_continued_line(lines, (self.start_line, self.percent_column), end)
        name, *rest = call.removeprefix("%").split(maxsplit=1)
        text = "".join(rest).strip()
        before = lines[self.start_line][: self.percent_column]
        code = f"{before}get_ipython().run_line_magic({name!r}, {text!r})\n"
        return [*lines[: self.start_line], code, *lines[end + 1 :]]


def _percent_of_magic(tokens: list[TokenInfo]) -> int | None:
    """Where in a logical line `%chat ` or `%see ` begins: at its head, or after an assignment."""
    heads = [0, *(at + 1 for at, token in enumerate(tokens) if token.string == "=")]
    for at in heads:
        percent, *name = [token.string for token in tokens[at : at + 2]] or [""]
        if percent == "%" and name in (["chat"], ["see"]) and _has_text(tokens, at + 1):
            return at
    return None


def _has_text(tokens: list[TokenInfo], name_at: int) -> bool:
    name = tokens[name_at]
    return name.line[name.end[1] :][:1] in (" ", "\t")
