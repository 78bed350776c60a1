from __future__ import annotations

import math

import pytest

from mlx_jupyter.pool.duration import parse_duration


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("30m", 1800.0),
        ("1h30m", 5400.0),
        ("45s", 45.0),
        ("500ms", 0.5),
        ("1.5h", 5400.0),
        ("90", 90.0),
        (90, 90.0),
        (0, 0.0),
        ("0", 0.0),
        (-1, None),
        ("-1", None),
        ("-1m", None),
        (math.inf, None),
    ],
)
def test_a_duration_is_read_as_ollama_writes_it(value: str | float, seconds: float | None) -> None:
    assert parse_duration(value) == seconds


@pytest.mark.parametrize("value", ["", "soon", "5 minutes", "m5", "1h-2m", math.nan, True])
def test_what_is_no_duration_is_refused_in_words(value: str | float) -> None:
    with pytest.raises(ValueError, match="write '30m'"):
        parse_duration(value)
