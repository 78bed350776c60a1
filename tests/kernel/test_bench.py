from __future__ import annotations

import pytest

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.bench import Round, summaries
from mlx_jupyter.wire.generation import Usage


def answer(tokens: int, wait: float | None, seconds: float) -> Answer:
    made = Answer("x" * tokens, usage=Usage(9, tokens, 9 + tokens), seconds=seconds)
    made.seconds_to_first_token = wait
    return made


def test_the_medians_of_the_rounds_are_taken() -> None:
    done = [Round(1, (answer(10, wait, 1.0),), seconds) for wait, seconds in ((0.1, 1), (0.3, 5))]
    done.append(Round(1, (answer(10, 0.2, 1.0),), 2))
    (one,) = summaries(done)
    assert (one.rounds, one.tokens_per_second, one.seconds_to_first_token) == (3, 5.0, 0.2)
    assert one.tokens_per_second_each == pytest.approx(12.5)


def test_four_streams_together_count_all_their_tokens() -> None:
    (one,) = summaries([Round(4, tuple(answer(5, 0.1, 1.0) for _ in range(4)), 2.0)])
    assert (one.streams, one.tokens_per_second, one.tokens) == (4, 10.0, 5)


def test_numbers_of_streams_are_kept_apart() -> None:
    done = [Round(n, tuple(answer(5, 0.1, 1.0) for _ in range(n)), 1.0) for n in (4, 1, 4)]
    assert [(one.streams, one.rounds) for one in summaries(done)] == [(1, 1), (4, 2)]


def test_an_empty_answer_has_no_speed_and_no_first_token() -> None:
    (one,) = summaries([Round(1, (answer(0, None, 1.0),), 1.0)])
    assert (one.tokens_per_second_each, one.seconds_to_first_token) == (None, None)
