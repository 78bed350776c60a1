"""How far a run is, in words."""

from __future__ import annotations

import pytest

from mlx_jupyter.kernel.mapping.pace import Pace


@pytest.mark.parametrize(
    ("pace", "words"),
    [
        (Pace(0, 40, 0, 0, 1.0), "asking ░░░░░░░░░░░░░░░░░░░░ 0 of 40"),
        (Pace(10, 40, 0, 0, 2.0), "asking █████░░░░░░░░░░░░░░░ 10 of 40 · 5.0/s · 6.0 s left"),
        (
            Pace(30, 40, 2, 20, 20.0),
            "asking ███████████████░░░░░ 30 of 40 · 2.0 s each · 20 s left · 2 failed",
        ),
        (Pace(20, 40, 0, 20, 3.0), "asking ██████████░░░░░░░░░░ 20 of 40"),
        (Pace(40, 40, 0, 0, 1.0), "asking ████████████████████ 40 of 40 · 40.0/s"),
    ],
)
def test_it_tells_counts_speed_and_what_is_left(pace: Pace, words: str) -> None:
    assert pace.words() == words
