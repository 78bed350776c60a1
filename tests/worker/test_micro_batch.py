from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.worker.micro_batch import (
    FIRST_TOKENS,
    LEAST_TOKENS,
    STEP_SECONDS,
    Limits,
    Pace,
    batch_size,
)

LENGTHS = st.lists(st.integers(1, 300), min_size=1, max_size=200)


@given(LENGTHS, st.integers(1, 2000), st.integers(0, 500))
def test_a_batch_is_within_its_limits_and_as_large_as_they_allow(
    lengths: list[int], tokens: int, padding: int
) -> None:
    lengths.sort(reverse=True)
    count = batch_size(lengths, Limits(tokens, padding))
    assert count == 1 or fits(lengths[:count], tokens, padding)
    assert count == len(lengths) or not fits(lengths[: count + 1], tokens, padding)


def fits(lengths: list[int], tokens: int, padding: int) -> bool:
    padded = len(lengths) * max(lengths)
    return padded <= tokens and padded - sum(lengths) <= padding


def test_a_pace_aims_at_the_same_time_for_every_model() -> None:
    pace = Pace(most_tokens=1024)
    assert pace.limits.tokens == FIRST_TOKENS
    for speed in (8000.0, 100.0, 10**6):
        for _ in range(50):
            tokens = pace.limits.tokens
            pace.took(tokens, tokens / speed)
        assert abs(pace.limits.tokens - expected(speed)) <= 1


def expected(speed: float) -> int:
    return int(min(max(LEAST_TOKENS, speed * STEP_SECONDS), 1024))


def test_a_small_batch_says_nothing_of_the_speed() -> None:
    pace = Pace(most_tokens=1024)
    before = pace.limits
    pace.took(8, 10.0)
    assert pace.limits == before
