from __future__ import annotations

import pytest

from mlx_jupyter.kernel.magics.words import expression_end, is_option, option_end


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("a.png what?", "a.png"),
        ("'my a.png' what?", "'my a.png'"),
        ('"my a.png"', '"my a.png"'),
        (r"my\ a.png what?", r"my\ a.png"),
        ("imgs[0, 1] what?", "imgs[0, 1]"),
        ("f(a, [b, {'c': ')'}]).d what?", "f(a, [b, {'c': ')'}]).d"),
        ("f'{x} y.png' what?", "f'{x} y.png'"),
        ("d['a b'] what?", "d['a b']"),
        ("What's in 'it'?", "What's"),
        ("(what is it?", "(what"),
        ("'tis what?", "'tis"),
        ("a) b", "a)"),
        ("https://a.org/b_(c).png what?", "https://a.org/b_(c).png"),
        ("[a] b]", "[a]"),
        ("([a) b", "([a)"),
        ("end\\", "end\\"),
    ],
)
def test_a_word_for_a_picture_ends_at_a_blank_outside_of_brackets_and_quotes(
    line: str, word: str
) -> None:
    assert line[: expression_end(line, 0)] == word


@pytest.mark.parametrize(
    ("line", "option"),
    [
        ("-t 0 x", "-t 0 "),
        ("-t0 x", "-t0 "),
        ("--seed=7 x", "--seed=7 "),
        ("-s 'a b'  x", "-s 'a b'  "),
        ("-i f(a, b) x", "-i f(a, b) "),
        ("--image=f(a, b) x", "--image=f(a, b) "),
        ("-s", "-s"),
    ],
)
def test_an_option_ends_behind_its_value(line: str, option: str) -> None:
    assert is_option(line, 0)
    assert line[: option_end(line, 0)] == option


@pytest.mark.parametrize("line", ["- x", "-", "-- x", "--", "x", ""])
def test_a_dash_alone_is_no_option(line: str) -> None:
    assert not is_option(line, 0)
