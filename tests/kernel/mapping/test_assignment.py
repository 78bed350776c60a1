"""Which items have their answer already."""

from __future__ import annotations

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.mapping.assignment import assign
from mlx_jupyter.kernel.mapping.job import Job, job_for
from mlx_jupyter.kernel.mapping.memo import Memo
from mlx_jupyter.kernel.mapping.run import Run


def jobs(letters: str) -> list[Job]:
    return [job_for(letter, [], {}) for letter in letters]


def knowing(letters: str) -> Memo:
    memo = Memo()
    for job in jobs(letters):
        memo.put(job.digest, Answer("known", seed=7, partial=False))
    return memo


def asked(waiting: list[Job] | tuple[Job, ...]) -> list[str]:
    return [job.body["messages"][0]["content"] for job in waiting]


def test_what_is_known_is_not_asked_and_what_is_equal_once() -> None:
    assignment = assign(jobs("abcab"), knowing("a"), anew=False)
    assert asked(list(assignment.waiting)) == ["b", "c"]
    assert (assignment.resumed, assignment.seed) == (2, 7)


def test_anew_nothing_is_known() -> None:
    assignment = assign(jobs("ab"), knowing("a"), anew=True)
    assert asked(list(assignment.waiting)) == ["a", "b"]
    assert (assignment.resumed, assignment.seed) == (0, None)


def test_every_item_gets_its_answer_or_why_it_has_none() -> None:
    assignment = assign(jobs("abcb"), knowing("a"), anew=False)
    runs = [Run(job, ended=True) for job in assignment.waiting]
    runs[0].error = RequestFailed("It broke.", status=502)
    answers, failed = assignment.answers(runs)
    assert [answer.text for answer in answers] == ["known", "", "", ""]
    assert failed == {1: "It broke.", 3: "It broke."}
    assert assignment.count(runs[:1]) == 2
