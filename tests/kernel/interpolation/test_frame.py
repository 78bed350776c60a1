from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray, ExtensionDtype


class LazyType(ExtensionDtype):
    name = "lazy"
    type = str


class Lazy(ExtensionArray):
    """A column of a million rows of which only a head can be had."""

    dtype = LazyType()

    def __init__(self, rows: int) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return self._rows

    def __getitem__(self, key: Any) -> Any:
        rows = range(self._rows)[key]
        assert isinstance(rows, int) or len(rows) <= 20, "more than the head was looked at"
        return f"row {rows}" if isinstance(rows, int) else Lazy(len(rows))

    def __array__(self, *_: object, **__: object) -> Any:
        raise AssertionError("the whole column was looked at")

    def isna(self) -> Any:
        raise AssertionError("the whole column was looked at")

    def copy(self) -> Lazy:
        return self


def test_a_frame_has_its_shape_its_types_and_its_rows(written: Any) -> None:
    frame = pd.DataFrame({"n": [1, 2], "x": [0.1 + 0.2, np.nan], "s": ["a|b", "line\nline"]})
    assert written(frame) == (
        "DataFrame, 2 rows × 3 columns\n"
        "Columns: n int64, x float64, s str\n\n"
        "|  | n | x | s |\n"
        "| --- | --- | --- | --- |\n"
        "| 0 | 1 | 0.3 | a\\|b |\n"
        "| 1 | 2 | nan | line line |"
    )


def test_of_a_million_rows_only_the_head_is_looked_at(written: Any) -> None:
    text = written(pd.DataFrame({"lazy": Lazy(10**6)}, copy=False))
    assert text.startswith(
        "DataFrame, 1,000,000 rows × 1 columns\nColumns: lazy lazy\nThe first 20"
    )
    assert text.endswith("| 19 | row 19 |")


def test_of_a_column_of_a_million_rows_only_the_head_is_looked_at(written: Any) -> None:
    text = written(pd.Series(Lazy(10**6), name="lazy", copy=False))
    assert text.startswith("Series lazy, 1,000,000 rows, lazy\nThe first 20 rows:")
    assert text.endswith("| 19 | row 19 |")


def test_of_many_columns_the_first_are_written(written: Any) -> None:
    text = written(pd.DataFrame(np.zeros((1, 100)), columns=[f"c{at}" for at in range(100)]))
    assert "c19 float64, … 80 more columns\n" in text
    assert text.endswith("| 0 |" + " 0 |" * 20)


def test_a_long_cell_is_cut(written: Any) -> None:
    text = written(pd.DataFrame({"s": ["x" * 1_000]}))
    assert text.endswith(f"| {'x' * 79}… |")


def test_labels_of_several_levels_are_joined(written: Any) -> None:
    index = pd.MultiIndex.from_tuples([("a", 1)], names=["k", "n"])
    frame = pd.DataFrame([[1]], index=index, columns=pd.MultiIndex.from_tuples([("x", "y")]))
    assert written(frame).endswith("| k / n | x / y |\n| --- | --- |\n| a / 1 | 1 |")


def test_columns_of_one_name_are_both_written(written: Any) -> None:
    assert written(pd.DataFrame([[1, 2]], columns=["a", "a"])).endswith("| 0 | 1 | 2 |")


def test_an_empty_frame_is_its_head(written: Any) -> None:
    assert written(pd.DataFrame()).startswith("DataFrame, 0 rows × 0 columns")


def test_an_index_is_a_column(written: Any) -> None:
    assert written(pd.Index(["a", "b"], name="k")) == (
        "Index k, 2 rows, str\n\n| k |\n| --- |\n| a |\n| b |"
    )


def test_a_table_of_pyarrow_is_a_table(written: Any) -> None:
    table = pa.table({"n": range(100), "s": ["a"] * 100})
    assert written(table).startswith(
        "Table, 100 rows × 2 columns\nColumns: n int64, s string\nThe first 20 rows:\n\n| n | s |"
    )
