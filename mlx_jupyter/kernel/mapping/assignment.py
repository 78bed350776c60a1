"""Which items have their answer already, and what is to be asked for the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.job import Job
from mlx_jupyter.kernel.mapping.memo import Memo
from mlx_jupyter.kernel.mapping.run import Run

__all__ = ["Assignment", "assign"]


@dataclass(frozen=True)
class Assignment:
    """`jobs` has one for each item; of equal ones the first is in `waiting`, unless its answer is
    `known`."""

    jobs: Sequence[Job]
    waiting: Sequence[Job]
    known: dict[bytes, Answer]

    @property
    def seed(self) -> int | None:
        """That of the answers that are known, so that all have the same."""
        return next((answer.seed for answer in self.known.values()), None)

    @property
    def resumed(self) -> int:
        return sum(job.digest in self.known for job in self.jobs)

    def count(self, runs: Iterable[Run]) -> int:
        """How many items these are the runs of."""
        digests = {run.job.digest for run in runs}
        return sum(job.digest in digests for job in self.jobs)

    def answers(self, runs: Sequence[Run]) -> tuple[list[Answer], dict[int, str]]:
        """The answer of each item, and by its position why it has none."""
        made = {run.job.digest: run for run in runs}
        blank = {digest: run.answer for digest, run in made.items()} | self.known
        failed = {
            at: run.error.message
            for at, job in enumerate(self.jobs)
            if (run := made.get(job.digest)) and run.error
        }
        return [blank[job.digest] for job in self.jobs], failed


def assign(jobs: Sequence[Job], memo: Memo, *, anew: bool) -> Assignment:
    """With `anew` nothing is known."""
    different = {job.digest: job for job in jobs}
    known = {} if anew else {each: found for each in different if (found := memo.get(each))}
    return Assignment(jobs, [job for job in different.values() if job.digest not in known], known)
