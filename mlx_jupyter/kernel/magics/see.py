"""`%see` and `%%see`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, kwds, magic_arguments

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.magics.ask import Attempt, Request, ask, question_message
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.image_words import ImageWords
from mlx_jupyter.kernel.magics.options import answer_options, exact
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.magics.sight import parse_sight

__all__ = ["SeeMagics"]

_USAGE = "see IMAGE... [OPTIONS] [QUESTION]\n  %%%%see IMAGE... [OPTIONS]"
"""After `%` formatting, and after the `%` that IPython puts before it: both forms of the magic."""


@magics_class
class SeeMagics(Magics):  # type: ignore[misc]
    """Shows pictures to a model of the pool and streams its answer into one output."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self._session = session
        self._words = ImageWords(shell)

    @no_var_expand
    @line_cell_magic
    @exact
    @magic_arguments()
    @kwds(usage=_USAGE)
    @argument(
        "positional_images", metavar="IMAGE", nargs="*", help="a path, a URL, or an expression"
    )
    @argument("-m", "--model", help="model id; without one, the server's for pictures")
    @answer_options
    def see(self, line: str, cell: str | None = None) -> Answer:
        """Ask a model about pictures; without a question, what is in them.

        An IMAGE is a path, a pattern of paths, a URL, or a Python expression that gives a picture:
        of Pillow, a NumPy array, a Matplotlib figure or axes, bytes, an earlier output. The
        question begins with the first word that is none of these, or after `--`.

        Examples::

            %see photo.jpg
            %see fig What does the plot show?
            %see "my photos/*.jpg" -t 0 -o answer Which one is the sharpest?
            %see Out[3] -- Out of focus?

            %%see before.png after.png
            What has changed?
        """
        with one_line_errors():
            question, pictures = parse_sight(SeeMagics.see.parser, self._words, line, cell)
            said = question_message(question.prompt, pictures)
            request = Request([Attempt([said])], pictures, sees=True, options=question.options)
            return ask(self.shell, self._session, question, request)
