"""`-m a,b`: one question to several models, whose answers stream side by side.

They begin together and have one seed. The server makes room for one model after the other where
not all fit into memory. Conversations have no part in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest, MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.schema import wanted
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.mapping.asked import Asked, Fill
from mlx_jupyter.kernel.mapping.batch import Batch
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns_output import ColumnsOutput, columns_output_for
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.job import Job, job_for
from mlx_jupyter.kernel.mapping.reading import read_values
from mlx_jupyter.kernel.mapping.run import Run
from mlx_jupyter.kernel.mapping.side_by_side import SideBySide
from mlx_jupyter.kernel.request import drawn_seed
from mlx_jupyter.kernel.schema.wanted import Wanted

__all__ = ["ask_side_by_side"]

_MOST_MODELS = 4
_TICK_SECONDS = 0.1


def ask_side_by_side(
    shell: InteractiveShell,
    session: Session,
    question: Asked,
    pictures: Sequence[Picture],
    fill: Fill,
) -> SideBySide:
    """A failure stands in its column; if all fail, the cell ends with the first one's. ■ stops all,
    on the server too; what there is of their answers is kept in `_`."""
    models = question.models
    if not 2 <= len(models) <= _MOST_MODELS or len(set(models)) < len(models):
        raise InvalidRequest(f"-m a,b takes two to {_MOST_MODELS} different models.", param="model")
    schema = wanted(shell, question.schema) if question.schema else None
    jobs = _jobs(shell, question, pictures, fill, schema)
    output = columns_output_for(shell)
    answers, interrupted = session.connection.use(
        lambda pool: _asked(pool, jobs, models, output, schema)
    )
    if question.variable:
        shell.user_ns[question.variable] = answers
    if interrupted:
        shell.displayhook.update_user_ns(answers)
        characters = sum(len(answer.text) for answer in answers)
        raise Interrupted(f"{characters} characters are kept in _")
    answers.shown_in_cell = shell.execution_count
    return answers


def _jobs(
    shell: InteractiveShell,
    question: Asked,
    pictures: Sequence[Picture],
    fill: Fill,
    schema: Wanted | None,
) -> list[Job]:
    text = question.prompt
    if not question.raw:
        filled = fill(shell, text, pictures_before=len(pictures))
        text, pictures = filled.text, [*pictures, *filled.pictures]
    options = dict(question.options)
    if schema is not None:
        options["response_format"] = schema.response_format
    return [job_for(text, pictures, options | {"model": model}) for model in question.models]


def _asked(
    pool: Pool,
    jobs: Sequence[Job],
    models: Sequence[str],
    output: ColumnsOutput,
    schema: Wanted | None,
) -> tuple[SideBySide, bool]:
    """The answers, and whether ■ has stopped them."""
    began = time.perf_counter()
    with Batch(pool.endpoint, jobs, drawn_seed(), len(jobs), to_the_end=True) as batch:
        interrupted = not _followed(batch, models, output)
    errors = [run.error for run in batch.runs if run.error]
    if len(errors) == len(jobs) and not any(run.answer.text for run in batch.runs):
        output.clear()
        raise errors[0]
    answers = _answers(batch.runs, models, schema)
    answers.partial = interrupted
    answers.seconds = time.perf_counter() - began
    output.end(answers.columns())
    return answers, interrupted


def _followed(batch: Batch, models: Sequence[str], output: ColumnsOutput) -> bool:
    """Whether all came to their ends; ■ stops them before."""
    try:
        while not batch.wait(_TICK_SECONDS):
            output.show([_column(*pair) for pair in zip(models, batch.runs, strict=True)])
    except KeyboardInterrupt:
        return False
    finally:
        batch.close()
    return True


def _column(model: str, run: Run) -> Column:
    error: MLXJupyterError | None = run.error
    return Column(model, run.answer, error.message if error else None, run.progress, run.ended)


def _answers(runs: Sequence[Run], models: Sequence[str], schema: Wanted | None) -> SideBySide:
    found = [run.answer for run in runs]
    failed = {at: run.error.message for at, run in enumerate(runs) if run.error}
    if schema is not None:
        failed |= read_values(schema, found)
    items = Items(list(models), list(models))
    return SideBySide(found, items, failed, has_values=schema is not None)
