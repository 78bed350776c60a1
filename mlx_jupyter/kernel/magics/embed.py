"""`%embed` and `%%embed`."""

# IPython's decorators are untyped.
# mypy: disable-error-code="untyped-decorator"

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, kwds, magic_arguments

from mlx_jupyter.kernel.embedding.column import Column, column_of, lines_of
from mlx_jupyter.kernel.embedding.embedded import Embedded
from mlx_jupyter.kernel.expression import value_of
from mlx_jupyter.kernel.live import Live, is_kernel, live_for
from mlx_jupyter.kernel.magics.embedding import follow_embedding
from mlx_jupyter.kernel.magics.errors import one_line_errors
from mlx_jupyter.kernel.magics.frame_column import frame_column
from mlx_jupyter.kernel.magics.options import exact, variable
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.magics.wish import Wish, parse_wish
from mlx_jupyter.kernel.reports.embedded import EmbeddedReport
from mlx_jupyter.kernel.stand_in import show_instead

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["EmbedMagics"]

_USAGE = "embed EXPR [OPTIONS]\n  %%%%embed [OPTIONS]"
"""After `%` formatting, and after the `%` that IPython puts before it: both forms of the magic."""


@magics_class
class EmbedMagics(Magics):  # type: ignore[misc]
    """Makes vectors of texts."""

    def __init__(self, shell: Any, session: Session) -> None:
        super().__init__(shell)
        self._session = session

    @no_var_expand
    @line_cell_magic
    @exact
    @magic_arguments()
    @kwds(usage=_USAGE)
    @argument(
        "positional_texts",
        metavar="EXPR",
        nargs="*",
        help="texts: a list, a Series, an array, one text (only in %%embed)",
    )
    @argument("-m", "--model", help="model id; without one, that of %%mlx use")
    @argument("-o", "--output", type=variable, metavar="VAR", help="variable for the array")
    @argument("--into", metavar="df.col", help="column for the vectors, one a row")
    @argument("--dimensions", type=int, metavar="N", help="only the first N of each vector")
    @argument(
        "--type", dest="input_type", metavar="TYPE", help="what the texts are: query or document"
    )
    @argument("--truncate", action="store_true", help="cut texts that are too long for the model")
    @argument(
        "--no-cache", dest="cache", action="store_false", help="ask anew, and do not keep vectors"
    )
    def embed(self, line: str, cell: str | None = None) -> NDArray[float32]:
        """Make vectors of texts: a float32 array with a row of length 1 for each, in their order.

        The array is in `_`, `Out[n]` and VAR afterwards. In a cell each line is a text; blank lines
        are none. Vectors are kept on disk, so that running the cell again costs nothing; ■ stops,
        and what is done is kept.

        Examples::

            %embed "What is MLX?" --type query
            %embed [title.lower() for title in titles] -o vectors
            %embed df.text --into df.vector
            %embed df["text"] -m mlx-community/bge-small-en-v1.5-bf16 -o vectors

            %%embed -o vectors
            The cat sleeps on the sofa.
            The rocket flies to the moon.
        """
        wish = parse_wish(EmbedMagics.embed.parser, line, cell)
        live = live_for(self.shell)
        with one_line_errors():
            column = lines_of(cell) if cell is not None else self._texts(wish.expression)
            embedded = self._embedded(column, wish, live)
        call = (line,) if cell is None else (line, cell)
        self._report(EmbeddedReport(embedded, wish.places), live, call)
        return embedded.vectors

    def _texts(self, expression: str) -> Column:
        return column_of(value_of(self.shell, expression), expression)

    def _embedded(self, column: Column, wish: Wish, live: Live) -> Embedded:
        into = frame_column(self.shell, wish.into, column) if wish.into else None
        model = wish.options["model"] or self._session.embedding_model
        options = wish.options | {"model": model}
        embedded = self._session.connection.use(
            lambda pool: follow_embedding(pool, column, options, live)
        )
        if into:
            into.fill(list(embedded.vectors))
        if wish.variable:
            self.shell.user_ns[wish.variable] = embedded.vectors
        return embedded

    def _report(self, report: EmbeddedReport, live: Live, call: tuple[str, ...]) -> None:
        """In a notebook as the last word of the output; in a terminal in the array's place, if it
        would be shown."""
        vectors = report.embedded.vectors
        if is_kernel(self.shell):
            live.add(report.as_plain(), report.bundle())
            show_instead(self.shell, vectors, "", "embed", *call)
            return
        live.clear()
        if not show_instead(self.shell, vectors, f"{report}\n", "embed", *call):
            live.add(report.as_plain(), report.bundle())
