"""What stands on an `%embed` line."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.magics.embed import EmbedMagics
from mlx_jupyter.kernel.magics.wish import Wish, parse_wish

NOTHING: dict[str, Any]
NOTHING = {"model": None, "dimensions": None, "input_type": None, "truncate": False, "cache": True}


def wish(line: str, cell: str | None = None) -> Wish:
    return parse_wish(EmbedMagics.embed.parser, line, cell)


def test_alone_stands_an_expression() -> None:
    assert wish("texts") == Wish("texts", NOTHING, None, None)


@pytest.mark.parametrize(
    ("line", "expression"),
    [
        ("df.text", "df.text"),
        ("df['my text']", "df['my text']"),
        ("[t for t in texts if t]", "[t for t in texts if t]"),
        ("texts[-10:]", "texts[-10:]"),
        ("a + b", "a + b"),
        ("a - 1", "a - 1"),
        ("f(a, '-o x')", "f(a, '-o x')"),
        ('"What is MLX?"', '"What is MLX?"'),
        ("Out[3]", "Out[3]"),
        ("[t  for t in\ttexts]  +  b", "[t  for t in\ttexts] + b"),
    ],
)
@pytest.mark.parametrize("place", ["{} -o v", "-o v {}", "{}  -o  v  "])
def test_an_expression_may_hold_blanks_and_stand_anywhere(
    line: str, expression: str, place: str
) -> None:
    found = wish(place.format(line))
    assert (found.expression, found.variable) == (expression, "v")


@pytest.mark.parametrize("line", ["texts;", "texts ; ", "texts;\n"])
def test_a_semicolon_at_the_end_is_ipythons(line: str) -> None:
    assert wish(line).expression == "texts"


def test_options_are_keywords_of_embed() -> None:
    found = wish("-m org/a texts --dimensions 8 --type=query --truncate --no-cache")
    assert found.expression == "texts"
    assert found.options == {
        "model": "org/a",
        "dimensions": 8,
        "input_type": "query",
        "truncate": True,
        "cache": False,
    }


def test_a_flag_takes_no_value() -> None:
    assert wish("--truncate texts").expression == "texts"
    assert wish("--no-cache texts -o v").variable == "v"


@pytest.mark.parametrize(
    ("line", "into"),
    [
        ("--into df.col texts", "df.col"),
        ("texts --into=df.col", "df.col"),
        ("texts --into df['my col'] -o v", "df['my col']"),
        ('texts --into f(a, b)["c d"]', 'f(a, b)["c d"]'),
    ],
)
def test_into_is_an_expression_too(line: str, into: str) -> None:
    assert (wish(line).expression, wish(line).into) == ("texts", into)


def test_a_cell_has_its_texts_below() -> None:
    found = wish("-o v", "one\ntwo")
    assert (found.expression, found.variable) == ("", "v")


@pytest.mark.parametrize(
    ("line", "cell", "words"),
    [
        ("", None, "Name the texts: %embed EXPR"),
        ("-o v", None, "Name the texts: %embed EXPR"),
        ("texts", "one", "The texts go below %%embed, one a line, not beside it: texts"),
        ("texts --col 3", None, "Unknown option: --col"),
        ("texts --trunc", None, "Unknown option: --trunc"),
        ("texts --dimensions few", None, "invalid int value: 'few'"),
        ("texts -o 3", None, "'3' cannot be the name of a variable"),
        ("texts --into", None, "expected one argument"),
        ("texts -o", None, "expected one argument"),
        ("texts --dimensions 'a", None, "No closing quotation"),
    ],
)
def test_a_mistake_is_named(line: str, cell: str | None, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        wish(line, cell)
    assert words in str(raised.value)
    assert "%%chat" not in str(raised.value)
