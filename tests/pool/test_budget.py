from __future__ import annotations

import pytest

from mlx_jupyter.pool.budget import device_bytes, gigabytes, parse_limit, parse_size


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("24GB", 24 * 10**9),
        ("24 gb", 24 * 10**9),
        ("1.5GB", 1_500_000_000),
        ("512MB", 512 * 10**6),
        ("24GiB", 24 * 2**30),
        ("1000000", 10**6),
        (1000000, 10**6),
    ],
)
def test_a_size_is_read_as_people_write_it(text: str | int, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "GB", "24 parsecs", "-1GB", "0", 0, -5, "1e9GB", "nan"])
def test_what_is_no_size_is_refused_with_what_is_one(text: str | int) -> None:
    with pytest.raises(ValueError, match="'75%', '24GB', '512MB' or a number of bytes"):
        parse_size(text)


def test_a_percentage_is_of_the_device() -> None:
    assert parse_limit("75%", 1000) == 750
    assert parse_limit("12.5 %", 1000) == 125
    assert parse_limit("24GB", 1000) == 24 * 10**9


@pytest.mark.parametrize("text", ["0%", "101%", "-3%", "many%"])
def test_a_percentage_has_bounds(text: str) -> None:
    with pytest.raises(ValueError, match="%"):
        parse_limit(text, 1000)


def test_what_a_worker_tells_of_its_device_counts() -> None:
    assert device_bytes(5, 1000) == 5


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (41_234_000_000, "41.2 GB"),
        (1_000_000_000, "1.0 GB"),
        (461_000, "0.000461 GB"),
        (12_345_678, "0.0123 GB"),
        (0, "0.0 GB"),
    ],
)
def test_small_sizes_keep_digits_that_say_something(size: int, words: str) -> None:
    assert gigabytes(size) == words
