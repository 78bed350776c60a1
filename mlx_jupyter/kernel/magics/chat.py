"""`%%chat` and `%chat`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, kwds, magic_arguments

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.display import output_for, show
from mlx_jupyter.kernel.live import is_kernel
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.grammar import (
    Question,
    number,
    parse_cell,
    parse_line,
    stop_text,
    variable,
)
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["ChatMagics"]

_USAGE = "%%chat [MODEL] [OPTIONS]\n  %%chat [OPTIONS] TEXT"
"""After `%` formatting, and after the `%` that IPython puts before it: both forms of the magic."""


def _exact(magic: Callable[..., Answer]) -> Callable[..., Answer]:
    """Turns off argparse's guessing, by which `--max` is `--max-tokens` until a `--max-x` comes."""
    magic.parser.allow_abbrev = False  # type: ignore[attr-defined]
    return magic


@magics_class
class ChatMagics(Magics):  # type: ignore[misc]
    """Asks a model of the pool and streams its answer into one output."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self._session = session

    @no_var_expand
    @line_cell_magic
    @_exact
    @magic_arguments()
    @kwds(usage=_USAGE)
    @argument("positional_model", metavar="MODEL", nargs="?", help="model id (only in %%%%chat)")
    @argument("-m", "--model", help="model id; without one, that of %%%%mlx use")
    @argument("-s", "--system", help="system prompt: how the model should behave")
    @argument("-t", "--temperature", type=number, metavar="TEMP", help="0 = always the likeliest")
    @argument("--top-p", type=number, metavar="P", help="choose among the likeliest P of all")
    @argument("--max-tokens", type=int, metavar="N", help="longest answer")
    @argument("--seed", type=int, metavar="N", help="same seed, same answer")
    @argument("--stop", action="append", type=stop_text, metavar="S", help="end before this text")
    @argument("-o", "--output", type=variable, metavar="VAR", help="variable for the answer")
    def chat(self, line: str, cell: str | None = None) -> Answer:
        """Ask a model; the answer streams in, and is in `_`, `Out[n]` and VAR afterwards.

        Examples::

            %chat What is a token?
            %chat -t 0.8 --seed 7 Tell me a joke.

            %%chat -s "You are a poet." --stop "\\n\\n" -o poem
            Write a short poem.

            %%chat mlx-community/Qwen3-4B-4bit
            What is MLX?
        """
        parser = ChatMagics.chat.parser
        question = parse_line(parser, line) if cell is None else parse_cell(parser, line, cell)
        with one_line_errors():
            return self._session.connection.use(lambda pool: self._answer(pool, question))

    def _answer(self, pool: Pool, question: Question) -> Answer:
        options = question.options
        options = options | {"model": options["model"] or self._session.model}
        stream = pool.chat(question.prompt, stream=True, **options)
        answer = stream.answer
        try:
            show(stream, output_for(self.shell))
        except KeyboardInterrupt:
            self._keep(answer, question.variable)
            raise Interrupted(f"{len(answer.text)} characters are kept in _") from None
        except MLXJupyterError:
            if answer.text:
                self._keep(answer, question.variable)
            raise
        if question.variable:
            self.shell.user_ns[question.variable] = answer
        if is_kernel(self.shell):
            answer.shown_in_cell = self.shell.execution_count
        return answer

    def _keep(self, answer: Answer, name: str | None) -> None:
        """Puts a partial answer where a whole one would go; the cell itself ends with an error."""
        self.shell.displayhook.update_user_ns(answer)
        if name:
            self.shell.user_ns[name] = answer

    def close(self) -> None:
        self._session.connection.close()
