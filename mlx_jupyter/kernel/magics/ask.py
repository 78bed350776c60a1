"""Asks a question of the pool, and puts the answer where a cell's result goes."""

from __future__ import annotations

from collections.abc import Sequence

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.display import output_for, show
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.live import is_kernel
from mlx_jupyter.kernel.magics.grammar import Question
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.session import Session

__all__ = ["ask"]


def ask(
    shell: InteractiveShell, session: Session, question: Question, pictures: Sequence[Picture] = ()
) -> Answer:
    """Shows the answer while it comes. What there is of one that is interrupted, or cut off by an
    error, is kept; the cell then ends with that error.

    A session's model that cannot see is not asked about pictures: then the server chooses.
    """
    fits = session.model_sees or not pictures
    options = question.options
    options = options | {"model": options["model"] or (session.model if fits else None)}

    def answered(pool: Pool) -> Answer:
        stream = pool.chat(question.prompt, images=pictures, stream=True, **options)
        answer = stream.answer
        try:
            return show(stream, output_for(shell))
        except KeyboardInterrupt:
            _keep(shell, answer, question.variable)
            raise Interrupted(f"{len(answer.text)} characters are kept in _") from None
        except MLXJupyterError:
            if answer.text:
                _keep(shell, answer, question.variable)
            raise

    answer = session.connection.use(answered)
    if question.variable:
        shell.user_ns[question.variable] = answer
    if is_kernel(shell):
        answer.shown_in_cell = shell.execution_count
    return answer


def _keep(shell: InteractiveShell, answer: Answer, name: str | None) -> None:
    """Puts a partial answer where a whole one would go; the cell itself ends with an error."""
    shell.displayhook.update_user_ns(answer)
    if name:
        shell.user_ns[name] = answer
