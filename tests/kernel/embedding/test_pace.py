from __future__ import annotations

import random

from mlx_jupyter.kernel.embedding.pace import Pace, weight


def test_the_first_slice_is_small() -> None:
    assert Pace().take([100] * 1000) == 20


def test_a_slice_has_one_row_at_least() -> None:
    assert Pace().take([10**9, 1]) == 1


def test_a_slice_has_no_more_than_there_is() -> None:
    assert Pace().take([1, 1]) == 2


def test_the_next_slice_takes_a_second() -> None:
    pace = Pace()
    pace.took(2000, 0.25)
    assert pace.take([100] * 1000) == 80


def test_a_slow_model_gets_less() -> None:
    pace = Pace()
    pace.took(2000, 4.0)
    assert pace.take([100] * 1000) == 5


def test_a_slice_grows_eightfold_at_most() -> None:
    pace = Pace()
    pace.took(2000, 0.001)
    assert pace.take([100] * 1000) == 160


def test_a_row_costs_something_however_short() -> None:
    assert weight("a") > 10
    assert weight((1, 2, 3)) > weight("abc")


def test_the_time_left_is_unknown_until_something_is_done() -> None:
    pace = Pace()
    assert pace.seconds_for(4000) is None
    pace.took(2000, 1.0)
    assert pace.seconds_for(4000) == 2.0


def test_every_row_is_taken_once_and_no_slice_outgrows_a_request() -> None:
    draw = random.Random(7)
    pace = Pace()
    weights = sorted((draw.randint(17, 50_000) for _ in range(40_000)), reverse=True)
    slices = 0
    while weights:
        count = pace.take(weights)
        assert 1 <= count <= 10_000
        assert count == 1 or sum(weights[:count]) <= 8_000_000
        pace.took(sum(weights[:count]), draw.choice([0.0, 0.001, 1.0, 10.0]))
        del weights[:count]
        slices += 1
    assert slices > 100
