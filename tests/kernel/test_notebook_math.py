from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.kernel.notebook_math import notebook_math


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (r"so \(x^2\) is", "so $x^2$ is"),
        (r"so \( x^2 \) is", "so $x^2$ is"),
        ("\\[\nx = 1\n\\]", "$$x = 1$$"),
        (r"thus \[ x = 1 \] holds", "thus $$x = 1$$ holds"),
        ("a\n  \\[x\\]\nb", "a\n  $$x$$\nb"),
        (r"\(a\) and \(b\)", "$a$ and $b$"),
    ],
)
def test_formulas_are_written_with_dollars(written: str, shown: str) -> None:
    assert notebook_math(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        r"see \[1\] and \[2\]",
        r"open \(x",
        r"a line break \\(x\\)",
        r"`\(x\)`",
        r"``a ` \(x\)``",
        "```\n\\(x\\)\n```",
        "```tex\n\\[ x \\]",
        "$x$ and $$y$$",
        "plain",
    ],
)
def test_all_else_stays(text: str) -> None:
    assert notebook_math(text) == text


@given(st.text(alphabet="\\([`~ \nx$", max_size=60))
def test_nothing_changes_without_the_end_of_a_formula(text: str) -> None:
    assert notebook_math(text) == text
