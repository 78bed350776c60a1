from __future__ import annotations

import pytest

from mlx_jupyter.kernel.units import duration, gigabytes, size


@pytest.mark.parametrize(
    ("count_bytes", "expected"),
    [
        (0, "0 B"),
        (512, "512 B"),
        (1296512, "1.30 MB"),
        (4_240_000, "4.24 MB"),
        (18 * 10**9, "18.0 GB"),
        (999_999, "1.00 MB"),
        (123_456_789_000, "123 GB"),
        (2 * 10**12, "2.00 TB"),
    ],
)
def test_a_size_has_three_digits_and_its_unit(count_bytes: int, expected: str) -> None:
    assert size(count_bytes) == expected


def test_what_the_server_gives_in_gigabytes_reads_the_same() -> None:
    assert gigabytes(0.00424) == "4.24 MB"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-3.0, "0 s"),
        (0.0, "0 s"),
        (0.02, "0 s"),
        (0.34, "0.3 s"),
        (45.2, "45 s"),
        (300.0, "5 min"),
        (7199.0, "1 h"),
        (200_000.0, "2 d"),
    ],
)
def test_a_duration_reads_as_a_person_says_it(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected
