from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.kernel.fences import closed, code_blocks, fenced

TEXT = "Here:\n\n```python\nx = 1\n```\n\nand\n\n   ~~~\n   y\n   ~~~\n"


def test_the_code_between_fences_is_found() -> None:
    assert code_blocks(TEXT) == ["x = 1", "y"]


def test_a_fence_inside_a_longer_one_is_code() -> None:
    assert code_blocks("````md\n```\nx\n```\n````") == ["```\nx\n```"]


def test_a_block_without_an_end_reaches_to_the_end() -> None:
    assert code_blocks("```\nx = 1\n") == ["x = 1\n"]


def test_code_between_backticks_in_a_line_is_no_block() -> None:
    assert code_blocks("```x``` and `y`") == []


@pytest.mark.parametrize("text", ["", "prose", TEXT, "```x``` inline"])
def test_a_text_that_is_closed_stays(text: str) -> None:
    assert closed(text) == text


def test_an_open_fence_is_closed() -> None:
    assert closed("```python\nx = 1") == "```python\nx = 1\n```"
    assert closed("  ~~~~\n  x\n") == "  ~~~~\n  x\n  ~~~~"


def test_the_fence_around_code_is_longer_than_those_in_it() -> None:
    assert fenced("a\n```\nb", "python") == "````python\na\n```\nb\n````"


@given(st.text(alphabet="`~ \nx", max_size=40))
def test_what_is_closed_has_no_open_fence(text: str) -> None:
    once = closed(text)
    assert closed(once) == once


@given(st.text(max_size=60))
def test_what_is_fenced_is_one_block(code: str) -> None:
    assert [it.strip("\n") for it in code_blocks(fenced(code))] == [code.strip("\n")]
