from __future__ import annotations

import pytest

from mlx_jupyter.kernel.conversation.fitting import attempts, left_out_before, left_out_words
from mlx_jupyter.kernel.conversation.turn import Turn


@pytest.mark.parametrize(
    ("begin", "turns", "tried"),
    [(0, 0, [0]), (0, 1, [0, 1]), (0, 5, [0, 3, 4, 5]), (3, 5, [3, 4, 5]), (9, 2, [2])],
)
def test_half_of_what_is_left_goes_each_time(begin: int, turns: int, tried: list[int]) -> None:
    assert list(attempts(begin, turns)) == tried


def test_hundreds_of_turns_take_few_attempts() -> None:
    assert len(list(attempts(0, 500))) <= 10


def test_what_did_not_fit_is_not_tried_again_with_the_same_model() -> None:
    turns = [Turn("a", "A", "org/m", left_out=2)]
    assert left_out_before(turns, None) == left_out_before(turns, "org/m") == 2
    assert left_out_before(turns, "org/larger") == 0
    assert left_out_before([], None) == 0


def test_the_words_say_how_many() -> None:
    assert left_out_words(0) == []
    assert "The first turn of the conversation did not fit" in left_out_words(1)[0]
    assert "The first 3 turns of" in left_out_words(3)[0]
