from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.interpolation.fill import fill


def test_values_stand_where_their_names_stood(filled: Any) -> None:
    text = filled('Dear {{name}}, {"n": {{n}}} {{n}}{{n + 1}}.', name="Ann", n=1).text
    assert text == 'Dear Ann, {"n": 1} 12.'


def test_a_value_is_not_filled_again(filled: Any) -> None:
    assert filled("{{a}}", a="{{b}}").text == "{{b}}"


def test_the_escape_goes_away(filled: Any) -> None:
    assert filled(r"\{{x}} is {{x}}", x=1).text == "{{x}} is 1"


def test_formats_are_those_of_an_f_string(filled: Any) -> None:
    day = datetime(2026, 1, 2)
    text = filled("{{x:.2f}} {{n:,}} {{s!r}} {{day:%d.%m.%Y}}", x=3.14159, n=12345, s="a", day=day)
    assert text.text == "3.14 12,345 'a' 02.01.2026"


def test_names_given_come_before_the_users(shell: Any) -> None:
    shell.user_ns.update(it="theirs", k=10)
    assert fill(shell, "{{it}} {{[it * k for _ in 'ab']}}", {"it": 2}).text == "2 [20, 20]"


def test_what_an_expression_assigns_is_the_users(filled: Any, shell: Any) -> None:
    assert filled("{{(found := 3)}} {{found + 1}}", found=0).text == "3 4"
    assert shell.user_ns["found"] == 3


def test_each_occurrence_is_evaluated_once_and_in_order(filled: Any) -> None:
    calls: list[int] = []

    def call(number: int) -> str:
        calls.append(number)
        return str(len(calls))

    assert filled("{{call(5)}} {{call(6)}} {{call(5)}}", call=call).text == "1 2 3"
    assert calls == [5, 6, 5]


def test_an_unknown_name_is_told_before_anything_is_evaluated(filled: Any) -> None:
    calls: list[int] = []
    with pytest.raises(InvalidRequest) as raised:
        filled("{{calls.append(1)}} {{nmae}}", calls=calls, name="Ann")
    assert raised.value.message == (
        "There is no variable 'nmae' for {{nmae}}. Did you mean name? Text that should keep its"
        r" braces: \{{nmae}}, or --raw for the whole prompt."
    )
    assert calls == []


def test_a_wrong_name_for_an_item_is_told_the_right_ones(shell: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"there is \{\{it\}\}, \{\{row\}\}\. "):
        fill(shell, "{{item}}", {"it": 1, "row": 1})


@pytest.mark.parametrize("name", ["input", "open", "exit"])
def test_a_template_that_has_the_name_of_a_builtin_means_no_builtin(filled: Any, name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"There is no variable '{name}'"):
        filled(f"Question: {{{{{name}}}}}")


def test_builtins_serve_in_expressions_and_may_be_shadowed(filled: Any) -> None:
    assert filled("{{len(input)}} {{input}} {{_}}", input="text", _="").text == "4 text "
    assert filled("{{id}}", id=None).text == "None"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{{1 / 0}}", "{{1 / 0}} failed: ZeroDivisionError: division by zero"),
        ("{{name.foo}}", "{{name.foo}} failed: AttributeError: 'str' object has no attribute"),
        ("{{name:.2f}}", "{{name:.2f}} failed: ValueError: "),
        ("{{Out[5]}}", "{{Out[5]}} failed: KeyError: 5. That cell has given no output."),
        ("{{In[99]}}", "{{In[99]}} failed: IndexError: list index out of range. That cell has not"),
    ],
)
def test_an_expression_that_fails_is_one_line(filled: Any, text: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as raised:
        filled(text, name="Ann")
    assert raised.value.message.startswith(words)


def test_a_repr_that_fails_is_one_line(filled: Any) -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError("no words")

    with pytest.raises(InvalidRequest, match=r"{{broken}} failed: RuntimeError: no words"):
        filled("{{broken}}", broken=Broken())


def test_cells_and_outputs_are_names(filled: Any, run: Any) -> None:
    run("6 * 7")
    assert filled("{{In[1]}} = {{Out[1]}} = {{_1}} = {{_}}").text == "6 * 7 = 42 = 42 = 42"


AROUND = st.text(alphabet=st.characters(exclude_characters="{}\\^_", codec="utf-8"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(AROUND, AROUND, AROUND)
def test_the_text_around_values_stays(shell: Any, a: str, b: str, c: str) -> None:
    shell.user_ns["x"] = "value"
    assert fill(shell, f"{a}{{{{x}}}}{b}{{{{ x }}}}{c}").text == f"{a}value{b}value{c}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=st.sampled_from('{}\\_^$x"1.: a\n')))
def test_a_text_without_double_braces_stays(shell: Any, text: str) -> None:
    if "{{" not in text:
        assert fill(shell, text).text == text
