from __future__ import annotations

import pytest

from mlx_jupyter.kernel.panel.attention import PATIENCE_SECONDS, Attention


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_nobody_is_away_for_ten_minutes(clock: Clock) -> None:
    attention = Attention(clock)
    clock.now += PATIENCE_SECONDS - 1
    assert not attention.is_away
    clock.now += 1
    assert attention.is_away


def test_a_touch_begins_ten_more(clock: Clock) -> None:
    attention = Attention(clock)
    clock.now += PATIENCE_SECONDS
    attention.touch()
    assert not attention.is_away


def test_who_closes_the_last_view_is_away(clock: Clock) -> None:
    attention = Attention(clock)
    for views in (1, 2, 1):
        attention.count_views(views)
        assert not attention.is_away
    attention.count_views(0)
    assert attention.is_away


def test_a_new_view_is_a_reason_to_wake_up(clock: Clock) -> None:
    attention = Attention(clock)
    attention.count_views(1)
    attention.count_views(0)
    assert attention.count_views(1)
    assert not attention.is_away


def test_a_panel_that_was_never_shown_is_not_left(clock: Clock) -> None:
    attention = Attention(clock)
    assert not attention.count_views(0)
    assert not attention.is_away
