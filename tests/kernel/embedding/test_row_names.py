from __future__ import annotations

import pytest

from mlx_jupyter.kernel.embedding.row_names import RowNames


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([3], "row 3"),
        ([3, 17], "rows 3 and 17"),
        ([3, 17, 20], "rows 3, 17 and 20"),
        ([3, 17, 20, 21], "rows 3, 17, 20 and 1 more"),
        (range(2000), "rows 0, 1, 2 and 1,997 more"),
    ],
)
def test_a_few_rows_are_named_and_the_others_counted(rows: list[int], words: str) -> None:
    assert RowNames().of(*rows) == words


def test_a_row_has_its_label_and_its_noun() -> None:
    assert RowNames(["a", "b"], "line").of(1) == "line b"


def test_at_the_head_of_a_sentence_it_has_a_capital() -> None:
    assert RowNames().at_head(0) == "Row 0"
    assert RowNames(noun="text", alone=True).at_head(0) == "The text"
