from __future__ import annotations

from mlx_jupyter.kernel.embedding.matches import Match, Matches


def test_matches_are_a_list() -> None:
    matches = Matches([Match(3, 0.5, "a")])
    assert matches == [Match(3, 0.5, "a")]
    assert matches[0].index == 3


def test_they_are_shown_as_a_table() -> None:
    matches = Matches([Match(3, 0.51234, "a dog"), Match(12, -0.1, "the\nbank")])
    assert repr(matches).splitlines() == [
        "Row   Score  Text",
        "  3   0.512  a dog",
        " 12  -0.100  the bank",
    ]
    assert (matches._repr_html_() or "").startswith("<table>")


def test_a_row_has_the_label_that_its_series_gives_it() -> None:
    assert repr(Matches([Match(0, 1.0, "a", "x")])).splitlines()[1].split() == ["x", "1.000", "a"]


def test_without_texts_there_is_no_column_for_them() -> None:
    assert repr(Matches([Match(0, 1.0)])).splitlines()[0].split() == ["Row", "Score"]


def test_a_long_text_is_cut_where_it_is_shown() -> None:
    matches = Matches([Match(0, 1.0, "x" * 1000)])
    assert len(repr(matches).splitlines()[1]) < 120
    assert matches[0].text == "x" * 1000


def test_no_matches_are_said_so() -> None:
    assert repr(Matches()) == "No matches."
    assert Matches()._repr_html_() is None
