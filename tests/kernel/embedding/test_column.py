from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.column import column_of, lines_of

TEXTS = ["a dog", "a cat"]


class Polars:
    """What gives its rows by `to_list`, and has no index."""

    def to_list(self) -> list[str]:
        return TEXTS


class Arrow:
    def to_pylist(self) -> list[str]:
        return TEXTS


@pytest.mark.parametrize(
    "value",
    [
        TEXTS,
        tuple(TEXTS),
        (text for text in TEXTS),
        dict.fromkeys(TEXTS).keys().__iter__(),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype="category"),
        pd.Series(TEXTS, dtype="string"),
        pd.Series(TEXTS, dtype=object),
        pd.Index(TEXTS),
        np.array(TEXTS),
        np.array(TEXTS, dtype=object),
        list(np.array(TEXTS)),
        Polars(),
        Arrow(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_column_is_anything_with_texts_in_it(value: object) -> None:
    rows = column_of(value).rows
    assert rows == TEXTS
    assert {type(row) for row in rows} == {str}


def test_a_column_of_a_table_is_one() -> None:
    frame = pd.DataFrame({"text": TEXTS, "n": [1, 2]})
    assert column_of(frame.text).rows == TEXTS


@pytest.mark.parametrize("value", ["a dog", np.array("a dog")])
def test_one_text_is_one_row(value: object) -> None:
    assert column_of(value).rows == ["a dog"]


@pytest.mark.parametrize(
    "value", [[[1, 2], [3]], [np.array([1, 2]), (3,)], pd.Series([[1, 2], [np.int64(3)]])]
)
def test_token_ids_do_for_texts(value: object) -> None:
    assert column_of(value).rows == [(1, 2), (3,)]


def test_the_rows_of_an_array_of_ids_are_texts() -> None:
    assert column_of(np.array([[1, 2], [3, 4]])).rows == [(1, 2), (3, 4)]


def test_a_column_is_taken_as_it_is() -> None:
    column = column_of(TEXTS)
    assert column_of(column) is column


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["a", "", "b"], "Row 1 is empty: drop such rows, or fill them."),
        (["", "a", "", ""], "Rows 0, 2 and 3 are empty: drop such rows, or fill them."),
        (["a", None], "Row 1 is no text (None or NaN): drop such rows, or fill them."),
        (["a", float("nan"), None], "Rows 1 and 2 are no text (None or NaN): "),
        (pd.Series(["a", None, "b", pd.NA, pd.NaT]), "Rows 1, 3 and 4 are no text (None or NaN)"),
        (["a", 3, 4], "Rows 1 and 2 are no text, but of type int."),
        (pd.Series(range(1000)), "Rows 0, 1, 2 and 997 more are no text, but of type int."),
        (["a", b"b"], "Row 1 is no text, but of type bytes."),
        (["a", True], "Row 1 is no text, but of type bool."),
        ([[1, 2], []], "Row 1 is no text, but of type list."),
        ([["a"], ["b"]], "Rows 0 and 1 are no text, but of type list."),
        ([[1, True]], "Row 0 is no text, but of type list."),
        (["a", "\ud83d"], "Row 1 is no valid text: half of a letter (a lone surrogate) is in it."),
        (["a", [1]], "Texts and token ids do not mix: row 0 and row 1 are not of one kind."),
        ("", "The text is empty."),
        ([], "The column has no rows."),
        (pd.Series([], dtype=object), "The column has no rows."),
        (b"a", "A value of type bytes is no column of texts. Give a list or a Series."),
        ({"a": 1}, "A value of type dict is no column of texts."),
        ({"a"}, "A value of type set is no column of texts."),
        (7, "A value of type int is no column of texts."),
        (None, "A value of type NoneType is no column of texts."),
        (pd.DataFrame({"a": TEXTS, "b": TEXTS}), "is a table: name one of its columns (a, b)."),
    ],
)
def test_what_is_no_column_of_texts_is_refused_in_one_line(value: Any, words: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        column_of(value)
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_rows_of_a_series_are_called_by_their_labels() -> None:
    series = pd.Series(["a", "b", "c", ""], index=[40, 30, 20, 10])
    with pytest.raises(InvalidRequest, match=r"^Row 10 is empty"):
        column_of(series)
    with pytest.raises(InvalidRequest, match=r"^Row z is empty"):
        column_of(pd.Series(["a", ""], index=["y", "z"]))


def test_a_message_uses_the_users_name() -> None:
    with pytest.raises(InvalidRequest, match=r"^df\.n is no column of texts: its type is int\."):
        column_of(5, "df.n")


def test_the_lines_of_a_cell_are_texts_save_blank_ones() -> None:
    column = lines_of("one\n\n  two \t\r\n\n\n")
    assert column.rows == ["one", "two"]
    assert column.names.of(0, 1) == "lines 1 and 3"


def test_a_line_ends_only_at_a_line_break() -> None:
    assert lines_of("one\u2028still one\x0cand on\ntwo").rows == [
        "one\u2028still one\x0cand on",
        "two",
    ]


def test_a_cell_of_blanks_holds_no_text() -> None:
    with pytest.raises(InvalidRequest, match="There is no text below %%embed"):
        lines_of(" \n\n")
