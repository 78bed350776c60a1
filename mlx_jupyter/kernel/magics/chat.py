"""`%%chat` and `%chat`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

import re
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, kwds, magic_arguments

from mlx_jupyter.kernel.magics.asking import ask_question, fix_question
from mlx_jupyter.kernel.magics.conversations import do_command, parse_command
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.grammar import Question, options_first, parse_cell, parse_line
from mlx_jupyter.kernel.magics.image_words import ImageWords
from mlx_jupyter.kernel.magics.options import answer_options, chat_options, exact
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["ChatMagics"]

_USAGE = (
    "%%chat [MODEL] [OPTIONS]\n"
    "  %%chat [OPTIONS] TEXT\n"
    "  %%chat fix [OPTIONS] [WORDS]\n"
    "  %%chat history [-n NAME]\n"
    "  %%chat reset [-n NAME | --all]\n"
    "  %%chat save PATH [-n NAME]\n"
    "  %%chat load PATH [-n NAME]"
)
"""After `%` formatting, and after the `%` that IPython puts before it: all forms of the magic."""
_FIX = re.compile(r"\s*fix(?:\s+|$)")


@magics_class
class ChatMagics(Magics):  # type: ignore[misc]
    """Asks a model of the pool and streams its answer into one output."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self._session = session
        self._words = ImageWords(shell)

    @no_var_expand
    @line_cell_magic
    @exact
    @magic_arguments()
    @kwds(usage=_USAGE)
    @argument("positional_model", metavar="MODEL", nargs="?", help="model id (only in %%%%chat)")
    @argument("-m", "--model", help="model id; several (a,b) answer side by side")
    @argument("-i", "--image", action="append", help="a picture to ask about, as for %%%%see")
    @answer_options
    @chat_options
    def chat(self, line: str, cell: str | None = None) -> object:
        """Ask a model; the answer streams in, and is in `_`, `Out[n]` and VAR afterwards.

        A question continues the notebook's conversation: what was said before is sent along, and so
        is the system prompt. `-n NAME` continues another conversation, `--new` begins it anew. A
        cell that runs again replaces what it said before. Without `-m` the model is that of
        `%mlx use`, or the server's default.

        Examples::

            %chat What is a token?
            %chat And in one word?
            %chat -t 0.8 --seed 7 Tell me a joke.

            %%chat -n poem -s "You are a poet." --stop "\\n\\n" -o poem
            Write a short poem.

            %%chat mlx-community/Qwen3-4B-4bit --new -f code
            Write a function that reverses a list.

            %%chat -i photo.jpg -i fig
            Does the plot fit the photo?

            %chat fix                         explain the last exception
            %chat fix -m mlx-community/Qwen3-4B-4bit in one sentence
            %chat history                     what was said, and which conversations there are
            %chat reset -n poem
            %chat save chats/poem.json -n poem
            %chat load chats/poem.json -n poem
            %chat -- history                  asks that, as any other question

        `_.text`, `_.reasoning`, `_.code`, `_.json()`, `_.usage`, `_.seed`, `_.partial`,
        `_.tokens_per_second`, `_.model`, `_.revision`, `_.evicted` are the answer's parts.
        """
        with one_line_errors():
            if cell is None and (command := parse_command(line)):
                return do_command(self.shell, self._session, command)
            return self._ask(line, cell)

    def _ask(self, line: str, cell: str | None) -> object:
        question = self._question(line, cell)
        found = [self._words.pictures(word) for word in question.image_words]
        pictures = [picture for some in found for picture in some]
        return ask_question(self.shell, self._session, question, pictures)

    def _question(self, line: str, cell: str | None) -> Question:
        """`fix` may stand before the options or behind them, and its words in the cell below."""
        parser = ChatMagics.chat.parser
        fix = _FIX.match(line)
        if cell is not None:
            question = parse_cell(parser, line[fix.end() :] if fix else line, cell)
            return fix_question(self.shell, question, question.prompt) if fix else question
        if fix:
            line = options_first(parser, line, fix.end())
        question = parse_line(parser, line)
        if question.is_literal or not (fix := _FIX.match(question.prompt)):
            return question
        return fix_question(self.shell, question, question.prompt[fix.end() :])

    def close(self) -> None:
        self._session.connection.close()
