from __future__ import annotations

import pytest

from mlx_jupyter.kernel.footer import footer, small
from mlx_jupyter.wire.generation import PromptTokensDetails, Usage


def test_the_figures_are_told_in_a_line() -> None:
    expected = "demo/chat · 21 tokens · 310 tokens/s · first after 0.04 s"
    assert footer("demo/chat", 21, 310.2, 0.041, []) == expected


def test_what_is_not_known_is_left_out() -> None:
    assert footer(None, 1, None, None, []) == "1 token"


def test_a_slow_model_has_a_decimal() -> None:
    assert "3.4 tokens/s" in footer(None, 1200, 3.42, None, [])
    assert footer(None, 1200, None, None, []) == "1,200 tokens"


def test_what_was_evicted_is_told() -> None:
    assert footer(None, 2, None, None, ["a", "b"]) == "2 tokens · evicted a, b"


@pytest.mark.parametrize(("cached", "told"), [(1234, True), (256, True), (255, False)])
def test_a_prompt_that_was_known_is_told_where_it_saved_time(cached: int, told: bool) -> None:
    usage = Usage(1300, 2, 1302, PromptTokensDetails(cached_tokens=cached))
    line = footer(None, 2, None, None, ["a"], usage)
    known = f" · {cached:,} of 1,300 prompt tokens known" if told else ""
    assert line == f"2 tokens{known} · evicted a"


def test_a_name_cannot_act_on_the_markdown() -> None:
    assert small("<b>*a_b*") == '<small style="opacity: 0.6">&#60;b&#62;&#42;a&#95;b&#42;</small>'
