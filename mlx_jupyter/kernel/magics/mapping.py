"""`--each`: one prompt for each item of a list, a Series, a DataFrame.

1. All prompts are filled first: a mistake in one costs no token.
2. Equal requests are made once, and those that were answered before in this session not at all,
   unless `--new` asks anew. So a cell that was stopped, or in which some items failed, goes on
   where it was when it is run again.
3. Without `--seed` one is drawn, for all.
4. What fails for one item is told, and the rest goes on; what will fail for all ends it.
5. Conversations have no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.expression import unquoted, value_of
from mlx_jupyter.kernel.images.picture import Picture
from mlx_jupyter.kernel.live import live_for
from mlx_jupyter.kernel.magics.each_run import EachRun
from mlx_jupyter.kernel.magics.schema import wanted
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.mapping.answers import Answers
from mlx_jupyter.kernel.mapping.asked import Asked, Fill
from mlx_jupyter.kernel.mapping.items import items_of
from mlx_jupyter.kernel.mapping.job import Job, job_for
from mlx_jupyter.kernel.mapping.prompts import Prompt, prompts_of
from mlx_jupyter.kernel.schema.wanted import Wanted

__all__ = ["ask_each"]


def ask_each(
    shell: InteractiveShell,
    session: Session,
    question: Asked,
    pictures: Sequence[Picture],
    fill: Fill,
) -> Answers:
    """Shows how far it is, and at last the answers, in one output. What is done when ■ or an error
    ends it is kept in `_`; the cell then ends with that."""
    if question.each is None or len(question.models) > 1:
        raise InvalidRequest("--each EXPR asks one model: name one with -m.", param="each")
    each = unquoted(shell, question.each)
    items = items_of(value_of(shell, each), each)
    schema = wanted(shell, question.schema) if question.schema else None
    prompts = prompts_of(shell, question, items, pictures, fill)
    jobs = _jobs(session, question, prompts, schema)
    session.memo.make_room(len(jobs))
    run = EachRun(items, jobs, session.memo, schema, anew=question.new)
    live = live_for(shell)
    try:
        session.connection.use(lambda pool: run.ask(pool, live))
    except BaseException:
        live.clear()
        if run.answers and run.kept():
            shell.displayhook.update_user_ns(run.answers)
            _assign(shell, question.variable, run.answers)
        raise
    answers = run.whole_answers()
    if live.end(answers.bundle()):
        answers.shown_in_cell = shell.execution_count
    _assign(shell, question.variable, answers)
    return answers


def _jobs(
    session: Session, question: Asked, prompts: Sequence[Prompt], schema: Wanted | None
) -> list[Job]:
    """A session's model that cannot see is not asked about pictures: then the server chooses."""
    options = dict(question.options)
    if schema is not None:
        options["response_format"] = schema.response_format
    if not options.get("model"):
        fits = session.model_sees or not any(prompt.pictures for prompt in prompts)
        options["model"] = session.model if fits else None
    return [job_for(prompt.text, prompt.pictures, options) for prompt in prompts]


def _assign(shell: InteractiveShell, variable: str | None, answers: Answers) -> None:
    if variable:
        shell.user_ns[variable] = answers.result()
