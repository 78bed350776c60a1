"""Where `--into` puts vectors."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.embedding.column import column_of, lines_of
from mlx_jupyter.kernel.magics.frame_column import frame_column

VECTORS = ["one", "two", "three"]
"""Whatever they are: each goes to a row."""


@pytest.fixture
def frame(shell: Any) -> pd.DataFrame:
    made = pd.DataFrame({"text": ["a", "b", "c"]}, index=[30, 20, 10])
    shell.user_ns |= {"df": made, "tables": {"first": made}, "name": "my vector"}
    return made


def fill(shell: Any, text: str, texts: Any) -> None:
    frame_column(shell, text, column_of(texts)).fill(VECTORS)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("df.vector", "vector"),
        ("df['a vector']", "a vector"),
        ("df[name]", "my vector"),
        ("df['a', 1]", ("a", 1)),
        ("tables['first'].vector", "vector"),
        ("df.text", "text"),
    ],
)
def test_a_column_is_named_as_python_does(
    shell: Any, frame: pd.DataFrame, text: str, name: Any
) -> None:
    fill(shell, text, ["x", "y", "z"])
    assert frame[name].tolist() == VECTORS
    assert frame.index.tolist() == [30, 20, 10]


def test_the_rows_of_a_list_go_in_order(shell: Any, frame: pd.DataFrame) -> None:
    fill(shell, "df.vector", list(frame.text))
    assert frame.vector.tolist() == VECTORS


def test_the_rows_of_a_series_go_to_their_labels(shell: Any, frame: pd.DataFrame) -> None:
    fill(shell, "df.vector", frame.text.sort_index())
    assert frame.vector.to_dict() == {10: "one", 20: "two", 30: "three"}


def test_labels_that_repeat_go_in_order_if_they_are_the_frames(
    shell: Any, frame: pd.DataFrame
) -> None:
    frame.index = pd.Index([1, 1, 2])
    fill(shell, "df.vector", frame.text)
    assert frame.vector.tolist() == VECTORS


def test_the_lines_of_a_cell_go_in_order(shell: Any, frame: pd.DataFrame) -> None:
    frame_column(shell, "df.vector", lines_of("a\n\nb\nc")).fill(VECTORS)
    assert frame.vector.tolist() == VECTORS


@pytest.mark.parametrize(
    ("text", "texts", "words"),
    [
        ("df.vector", ["a"], "df has 3 rows, the texts have 1: --into needs a text for each."),
        ("df.vector", pd.Series(list("abc")), "The index of the texts is not that of df"),
        ("df.vector", pd.Series(list("abc"), index=[30, 20, 20]), "The index of the texts is not"),
        ("df", list("abc"), "df is no column: write --into df.col"),
        ("df.", list("abc"), "df. is no column"),
        ("3", list("abc"), "3 is no column"),
        ("dg.vector", list("abc"), "There is no variable 'dg'."),
        ("name.vector", list("abc"), "name is no DataFrame: its type is str."),
        ("df[nam]", list("abc"), "There is no variable 'nam'"),
    ],
)
def test_what_does_not_fit_is_refused(
    shell: Any, frame: pd.DataFrame, text: str, texts: Any, words: str
) -> None:
    with pytest.raises(InvalidRequest) as raised:
        fill(shell, text, texts)
    assert raised.value.message.startswith(words)
    assert list(frame.columns) == ["text"]
