"""What `--each` may be."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.mapping.items import items_of

FRAME = pd.DataFrame({"title": ["a", "b"], "n": [1, 2], "two words": [3, 4]}, index=[7, 9])


@pytest.mark.parametrize(
    "value",
    [
        ["a", "b"],
        ("a", "b"),
        pd.Series(["a", "b"], index=[5, 6]),
        pd.Index(["a", "b"]),
        np.array(["a", "b"]),
        {"x": "a", "y": "b"},
        (letter for letter in "ab"),
        dict.fromkeys("ab").keys(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_items_come_in_their_order(value: Any) -> None:
    assert list(items_of(value, "it").values) == ["a", "b"]


def test_numbers_are_those_of_python() -> None:
    for value in (np.array([1, 2]), pd.Series([1, 2]), range(1, 3)):
        assert all(type(item) is int for item in items_of(value, "it").values)


def test_items_are_called_by_their_labels() -> None:
    assert items_of(pd.Series(["a", "b"], index=[5, 6]), "s").label(1) == 6
    assert items_of({"x": 1, "y": 2}, "d").label(1) == "y"
    assert items_of(["a", "b"], "l").label(1) == 1
    assert items_of(FRAME, "df").label(1) == 9


def test_rows_of_a_table_have_names_for_their_columns() -> None:
    names = items_of(FRAME, "df").names(1)
    assert set(names) == {"it", "row", "title", "n"}
    assert (names["title"], names["n"]) == ("b", 2)
    assert type(names["n"]) is int
    assert names["row"].title == names["it"]["title"] == "b"
    assert names["row"]["two words"] == 4
    assert str(names["row"]) == "title: b\nn: 2\ntwo words: 4"


def test_columns_that_have_one_name_do_no_harm() -> None:
    frame = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert items_of(frame, "df").names(0)["a"] == 2


def test_a_stack_of_arrays_is_not_taken_apart() -> None:
    items = items_of(np.zeros((2, 3, 3)), "it").values
    assert [item.shape for item in items] == [(3, 3), (3, 3)]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (5, "x has no items to go through: its type is int"),
        ("text", "its type is str"),
        (b"bytes", "its type is bytes"),
        (None, "its type is NoneType"),
        ([], r"x has no items\.$"),
        (FRAME[:0], "x has no items"),
        (iter([]), "x has no items. An iterator gives its items only once"),
        (count(), "x gives more than 10,000 items"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_items_is_told(value: Any, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        items_of(value, "x")
