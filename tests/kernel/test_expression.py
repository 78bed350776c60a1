from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.expression import free_names, unquoted, value_of


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.b", {"a"}),
        ("[x for x in xs]", {"xs"}),
        ("(lambda t: t + u)", {"u"}),
        ("(n := f(m))", {"f", "m"}),
        ("'a b'", set()),
        ("what is", None),
        ("a b", None),
        ("a\0b", None),
    ],
)
def test_the_names_that_an_expression_needs(text: str, names: set[str] | None) -> None:
    assert free_names(text) == names


def test_an_expression_has_a_value(shell: Any) -> None:
    shell.user_ns["texts"] = ["a", "b"]
    assert value_of(shell, "[t.upper() for t in texts] + list('c')") == ["A", "B", "c"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("text", "There is no variable 'text'. Did you mean texts?"),
        ("zzz", "There is no variable 'zzz'."),
        ("what is MLX", "There is no variable 'MLX'."),
        ("What is MLX?", "What is MLX? is no Python expression; a text goes in quotes."),
        ("texts[9]", "texts[9] failed: IndexError: list index out of range"),
        ("texts.foo", "texts.foo failed: AttributeError: "),
    ],
)
def test_what_has_no_value_is_one_line(shell: Any, text: str, words: str) -> None:
    shell.user_ns["texts"] = ["a", "b"]
    with pytest.raises(InvalidRequest) as raised:
        value_of(shell, text)
    assert raised.value.message.startswith(words)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("'texts[0]'", "texts[0]"),
        ('"list[int]"', "list[int]"),
        ("'what is it'", "'what is it'"),
        ("'missing'", "'missing'"),
        ("'5'", "'5'"),
        ("texts", "texts"),
        ("b'texts'", "b'texts'"),
    ],
)
def test_an_expression_may_be_in_quotes(shell: Any, text: str, meant: str) -> None:
    shell.user_ns["texts"] = ["a"]
    assert unquoted(shell, text) == meant
