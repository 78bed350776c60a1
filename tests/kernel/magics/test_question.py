from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("%chat What is a token?", "CALL('chat', 'What is a token?')\n"),
        ("%chat What??", "CALL('chat', 'What??')\n"),
        ("%chat what's a token?", "CALL('chat', \"what's a token?\")\n"),
        ("x = %chat What is it?", "x = CALL('chat', 'What is it?')\n"),
        ("if x:\n    %chat Why?", "if x:\n    CALL('chat', 'Why?')\n"),
        ("y = 1\n%chat Why?\nz = 2", "y = 1\nCALL('chat', 'Why?')\nz = 2\n"),
        ("%chat a\\\nb?", "CALL('chat', 'a b?')\n"),
        ("%chat Tell me.", "CALL('chat', 'Tell me.')\n"),
        ("%see fig What is it?", "CALL('see', 'fig What is it?')\n"),
        ('%see "a b.png" what\'s this?', "CALL('see', '\"a b.png\" what\\'s this?')\n"),
        (
            "x = %see https://a.org/b.png?c=1 Why?",
            "x = CALL('see', 'https://a.org/b.png?c=1 Why?')\n",
        ),
        ("%see plots/*.png Why?", "CALL('see', 'plots/*.png Why?')\n"),
        ("%chat ", "CALL('chat', '')\n"),
    ],
)
def test_a_question_reaches_the_magic(shell: Any, cell: str, code: str) -> None:
    expected = code.replace("CALL", "get_ipython().run_line_magic")
    assert shell.transform_cell(cell) == expected


@pytest.mark.parametrize(
    "cell", ["%chat?", "%%chat?", "%chat??", "%chatter yes?", "x?", "%see?", "%%see??"]
)
def test_a_request_for_help_stays_one(shell: Any, cell: str) -> None:
    assert "pinfo" in shell.transform_cell(cell)


def test_a_string_that_looks_like_a_question_stays_a_string(shell: Any) -> None:
    cell = 'x = """\n%chat Why?\n"""\n'
    assert shell.transform_cell(cell) == cell


def test_after_unloading_ipython_is_as_it_was(shell: Any) -> None:
    def ours() -> list[type]:
        transformers = shell.input_transformer_manager.token_transformers
        return [one for one in transformers if one.__module__.startswith("mlx_jupyter")]

    assert ours()
    shell.run_line_magic("unload_ext", "mlx_jupyter")
    assert not ours()
