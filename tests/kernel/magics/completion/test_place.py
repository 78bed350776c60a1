from __future__ import annotations

from argparse import ArgumentParser

import pytest

from mlx_jupyter.kernel.magics.completion.place import Place, locate


@pytest.fixture(scope="module")
def parser() -> ArgumentParser:
    parser = ArgumentParser(add_help=False)
    parser.add_argument("words", nargs="*")
    parser.add_argument("-m", "--model")
    parser.add_argument("--into")
    parser.add_argument("--force", action="store_true")
    return parser


@pytest.mark.parametrize(
    ("line", "word", "dest"),
    [
        (" -m de", "de", "model"),
        ("-m ", "", "model"),
        ("-mde", "de", "model"),
        ("--model=org/a+b@", "org/a+b@", "model"),
        ("--model a,b", "a,b", "model"),
        ("--force x --into df['te", "df['te", "into"),
        ("--into f(a, b", "f(a, b", "into"),
        ('--into "two wo', '"two wo', "into"),
    ],
)
def test_the_value_of_an_option(parser: ArgumentParser, line: str, word: str, dest: str) -> None:
    place = locate(parser, line)
    assert place.action is not None
    assert (place.word, place.action.dest) == (word, dest)


@pytest.mark.parametrize("line", ["-", "--", "--mo", "x --force --in", "-m"])
def test_an_option_that_is_being_typed(parser: ArgumentParser, line: str) -> None:
    assert locate(parser, line).is_option


def test_an_argument_comes_with_all_before_it(parser: ArgumentParser) -> None:
    assert locate(parser, "-m a b --force c d") == Place(
        word="d",
        expression="c d",
        is_option=False,
        action=None,
        arguments=("b", "c"),
        options=("-m", "--force"),
    )


def test_an_open_bracket_goes_on_to_the_cursor(parser: ArgumentParser) -> None:
    place = locate(parser, "[t.lower() for t in ti")
    assert (place.word, place.arguments) == ("[t.lower() for t in ti", ())


def test_a_flag_takes_no_value(parser: ArgumentParser) -> None:
    place = locate(parser, "--force x")
    assert (place.word, place.action) == ("x", None)


def test_an_apostrophe_opens_nothing(parser: ArgumentParser) -> None:
    assert locate(parser, "what's the").arguments == ("what's",)
