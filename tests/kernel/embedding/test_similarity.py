from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.similarity import nearest, vectors_in

ROWS = [[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]]


@pytest.mark.parametrize(
    "value",
    [
        ROWS,
        np.array(ROWS),
        np.array(ROWS, np.float16),
        pd.Series(ROWS),
        pd.Series(list(np.array(ROWS, np.float32))),
        tuple(map(tuple, ROWS)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_vectors_are_an_array_or_a_column_of_rows(value: Any) -> None:
    found = vectors_in(value)
    assert found is not None
    assert (found.tolist(), found.dtype) == (ROWS, np.float32)


@pytest.mark.parametrize(
    "value",
    [
        *("a", ["a", "b"], [], [[1, 2]], [[]], pd.Series(["a"]), np.array(["a"]), iter(ROWS)),
        *(np.array([1.0, 2.0]), [None, [1.0]]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_else_is_no_vectors(value: Any) -> None:
    assert vectors_in(value) is None


@pytest.mark.parametrize("bad", [None, [1.0], "a", [1, 2]])
def test_a_row_that_is_no_such_vector_is_named(bad: Any) -> None:
    column = pd.Series([*ROWS, bad], index=list("abcd"))
    with pytest.raises(InvalidRequest, match=r"^Row d: no vector as long as row a is there\.$"):
        vectors_in(column)


def test_the_nearest_come_first_whatever_their_length() -> None:
    found = nearest(np.array(ROWS, np.float32), np.array([0, 9], np.float32), 3)
    assert [row for row, _ in found] == [1, 2, 0]
    np.testing.assert_allclose([score for _, score in found], [1, 0.8, 0], atol=1e-6)


def test_equal_ones_stay_in_order() -> None:
    found = nearest(np.ones((5, 2), np.float32), np.ones(2, np.float32), 3)
    assert [row for row, _ in found] == [0, 1, 2]


def test_a_vector_of_zeros_is_near_nothing() -> None:
    found = nearest(np.array([[0, 0], [1, 0]], np.float32), np.array([1, 0], np.float32), 9)
    assert found == [(1, 1.0), (0, 0.0)]


def test_vectors_of_another_length_do_not_compare() -> None:
    with pytest.raises(InvalidRequest, match="have 2 dimensions, that of the query 3"):
        nearest(np.ones((5, 2), np.float32), np.ones(3, np.float32), 3)
