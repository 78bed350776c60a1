from __future__ import annotations

from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.stand_in import show_instead

VALUE = ["a", "long", "list"]
LINE = "three words\n"


@pytest.fixture
def told(shell: InteractiveShell) -> list[bool]:
    """What `show_instead` says to each call of the magic `%words`, which returns VALUE."""
    said: list[bool] = []

    def words(line: str, cell: str | None = None) -> Any:
        below = () if cell is None else (cell,)
        said.append(show_instead(shell, VALUE, LINE, "words", line, *below))
        return VALUE

    shell.register_magic_function(words, "line_cell", "words")
    return said


def shown(shell: InteractiveShell, capsys: pytest.CaptureFixture[str], cell: str) -> str:
    shell.run_cell(cell, store_history=True)
    return str(capsys.readouterr().out).partition("]: ")[2]


@pytest.mark.parametrize("cell", ["%words", "x = 1\n%words some", "%%words\nbelow", "%words\n\n"])
def test_a_line_stands_for_the_result_of_its_cell(
    shell: InteractiveShell, told: list[bool], capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    assert shown(shell, capsys, cell) == LINE
    assert told == [True]
    assert shell.user_ns["_"] is VALUE


def test_only_the_last_call_of_a_cell_has_a_result_to_show(
    shell: InteractiveShell, told: list[bool], capsys: pytest.CaptureFixture[str]
) -> None:
    assert shown(shell, capsys, "%words a\n%words b") == LINE
    assert told == [False, True]


@pytest.mark.parametrize("cell", ["v = %words\nv", "%words\n['a', 'long', 'list']"])
def test_what_else_a_cell_ends_with_is_shown_as_it_is(
    shell: InteractiveShell, told: list[bool], capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    assert shown(shell, capsys, cell).strip() == repr(VALUE)
    assert told == [False]


def test_it_does_so_in_its_own_cell_only(
    shell: InteractiveShell, told: list[bool], capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%words", store_history=True)
    capsys.readouterr()
    assert shown(shell, capsys, "_").strip() == repr(VALUE)


def test_a_call_that_is_no_cell_shows_nothing(shell: InteractiveShell, told: list[bool]) -> None:
    shell.run_line_magic("words", "")
    assert told == [False]
