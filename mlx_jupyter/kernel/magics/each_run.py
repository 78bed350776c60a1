"""One run of a cell with `--each`: asks, shows how far it is, and keeps what is done."""

from __future__ import annotations

import time
from collections.abc import Sequence

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.live import Live
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.mapping.answers import Answers
from mlx_jupyter.kernel.mapping.assignment import Assignment, assign
from mlx_jupyter.kernel.mapping.batch import Batch
from mlx_jupyter.kernel.mapping.items import Items
from mlx_jupyter.kernel.mapping.job import Job
from mlx_jupyter.kernel.mapping.memo import Memo
from mlx_jupyter.kernel.mapping.pace import Pace
from mlx_jupyter.kernel.mapping.reading import read_values
from mlx_jupyter.kernel.mapping.run import Run
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.kernel.request import drawn_seed
from mlx_jupyter.kernel.schema.wanted import Wanted

__all__ = ["EachRun"]

_TICK_SECONDS = 0.1


class EachRun:
    """One run of a cell. `answers` are there once it has ended, however that was."""

    def __init__(
        self, items: Items, jobs: list[Job], memo: Memo, schema: Wanted | None, *, anew: bool
    ) -> None:
        self.answers: Answers | None = None
        self._items = items
        self._jobs = jobs
        self._memo = memo
        self._schema = schema
        self._anew = anew

    def ask(self, pool: Pool, live: Live) -> None:
        """Raises `Interrupted`, or what will fail for all, with a word of what is kept."""
        began = time.perf_counter()
        assignment = assign(self._jobs, self._memo, anew=self._anew)
        seed = assignment.seed
        seed = drawn_seed() if seed is None else seed
        with Batch(pool.endpoint, assignment.waiting, seed) as batch:
            try:
                interrupted = not _followed(batch, assignment, live)
            finally:
                self._keep(batch.runs)
        self.answers = self._made(assignment, batch, time.perf_counter() - began)
        self.answers.partial = interrupted or batch.error is not None
        self._anew = False
        if interrupted:
            raise Interrupted(self.kept() or "no answer was complete")
        if error := batch.error or _all_alike(self.answers, batch.runs):
            kept = self.kept()
            error.message += f" ({kept})" if kept else ""
            raise error

    def kept(self) -> str:
        """In words, what is done of a run that was stopped; empty if nothing is."""
        answers = self.whole_answers()
        done = sum(answers.done(at) for at in range(len(answers)))
        kept = f"{done:,} of {len(answers):,} answers are kept in _; run the cell again to go on"
        return kept if done else ""

    def whole_answers(self) -> Answers:
        assert self.answers is not None
        return self.answers

    def _keep(self, runs: Sequence[Run]) -> None:
        for run in runs:
            if run.succeeded:
                self._memo.put(run.job.digest, run.answer)

    def _made(self, assignment: Assignment, batch: Batch, seconds: float) -> Answers:
        found, failed = assignment.answers(batch.runs)
        if self._schema is not None:
            failed |= read_values(self._schema, found)
        return Answers(
            found,
            self._items,
            dict(sorted(failed.items())),
            has_values=self._schema is not None,
            resumed=assignment.resumed,
            seconds=seconds,
        )


def _all_alike(answers: Answers, runs: Sequence[Run]) -> MLXJupyterError | None:
    """The error, if there is but one for all items."""
    errors = [run.error for run in runs if run.error]
    alike = len({error.message for error in errors}) == 1
    return errors[0] if alike and len(answers.failed) == len(answers) else None


def _followed(batch: Batch, assignment: Assignment, live: Live) -> bool:
    """Whether it came to its end; ■ stops it before."""
    began = time.perf_counter()
    try:
        while not batch.wait(_TICK_SECONDS):
            live.show({"text/plain": _said(batch, assignment, time.perf_counter() - began)})
    except KeyboardInterrupt:
        return False
    finally:
        batch.close()
    return True


def _said(batch: Batch, assignment: Assignment, seconds: float) -> str:
    """How far it is, or, before anything is done, what is waited for."""
    ended = [run for run in batch.runs if run.ended]
    failed = [run for run in ended if run.error]
    resumed, total = assignment.resumed, len(assignment.jobs)
    done, lost = assignment.count(ended) + resumed, assignment.count(failed)
    said = Pace(done, total, lost, resumed, seconds).words()
    waits = None if ended else next((run.progress for run in batch.runs if run.progress), None)
    return f"{said} · {words(waits)}" if waits else said
