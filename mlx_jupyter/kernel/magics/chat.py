"""`%%chat` and `%chat`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, kwds, magic_arguments

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.magics.ask import ask
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.grammar import parse_cell, parse_line
from mlx_jupyter.kernel.magics.image_words import ImageWords
from mlx_jupyter.kernel.magics.options import answer_options, exact
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["ChatMagics"]

_USAGE = "%%chat [MODEL] [OPTIONS]\n  %%chat [OPTIONS] TEXT"
"""After `%` formatting, and after the `%` that IPython puts before it: both forms of the magic."""


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
    @argument("-m", "--model", help="model id; without one, that of %%mlx use")
    @argument("-i", "--image", action="append", help="a picture to ask about, as for %%%%see")
    @answer_options
    def chat(self, line: str, cell: str | None = None) -> Answer:
        """Ask a model; the answer streams in, and is in `_`, `Out[n]` and VAR afterwards.

        Examples::

            %chat What is a token?
            %chat -t 0.8 --seed 7 Tell me a joke.

            %%chat -s "You are a poet." --stop "\\n\\n" -o poem
            Write a short poem.

            %%chat mlx-community/Qwen3-4B-4bit
            What is MLX?

            %%chat -i photo.jpg -i fig
            Does the plot fit the photo?
        """
        parser = ChatMagics.chat.parser
        question = parse_line(parser, line) if cell is None else parse_cell(parser, line, cell)
        with one_line_errors():
            found = [self._words.pictures(word) for word in question.image_words]
            pictures = [picture for some in found for picture in some]
            return ask(self.shell, self._session, question, pictures)

    def close(self) -> None:
        self._session.connection.close()
