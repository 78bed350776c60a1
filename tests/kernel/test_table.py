from __future__ import annotations

from mlx_jupyter.kernel.table import Table

SIZES = frozenset({"Size"})


def test_columns_are_aligned_numbers_to_the_right() -> None:
    table = Table(
        ("Model", "Size", "State"), [("a", "4.24 MB", "loaded"), ("bb", "1 B", "x")], SIZES
    )
    assert table.as_plain().splitlines() == [
        "Model     Size  State",
        "a      4.24 MB  loaded",
        "bb         1 B  x",
    ]


def test_a_column_that_is_empty_in_every_row_is_left_out() -> None:
    table = Table(("Model", "Error"), [("a", ""), ("b", "")])
    assert table.as_plain() == "Model\na\nb"


def test_letters_that_take_two_columns_are_counted_as_two() -> None:
    lines = Table(("Model", "State"), [("模型", "x"), ("abcd", "y")]).as_plain().splitlines()
    assert lines[1:] == ["模型   x", "abcd   y"]


def test_a_line_break_in_a_cell_does_not_break_the_table() -> None:
    assert Table(("Error",), [("one\ntwo",)]).as_plain() == "Error\none two"


def test_html_is_escaped() -> None:
    html = Table(("Model",), [("<script>&",)]).as_html()
    assert "&lt;script&gt;&amp;" in html
    assert "<script>" not in html


def test_html_has_a_head_and_no_style_but_the_alignment() -> None:
    html = Table(("Model", "Size"), [("a", "1 B")], SIZES).as_html()
    assert html.startswith("<table><thead><tr><th ")
    assert 'style="text-align: right">1 B</td>' in html
    assert "color" not in html
