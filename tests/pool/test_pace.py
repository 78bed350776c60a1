from __future__ import annotations

import pytest

from mlx_jupyter.pool.pace import Pace


def test_a_steady_worker_writes_at_its_pace() -> None:
    pace = Pace()
    for step in range(20):
        pace.add(2, 10 + step / 10)
    assert pace.tokens_per_second(12.0) == pytest.approx(20)


def test_one_step_is_no_pace() -> None:
    pace = Pace()
    pace.add(5, 10.0)
    assert pace.tokens_per_second(10.1) is None


def test_what_was_long_ago_does_not_count() -> None:
    pace = Pace()
    pace.add(1, 10.0)
    pace.add(1, 10.5)
    assert pace.tokens_per_second(20.0) is None


def test_steps_without_tokens_are_no_steps() -> None:
    pace = Pace()
    pace.add(0, 10.0)
    pace.add(0, 11.0)
    assert pace.tokens_per_second(11.0) is None
