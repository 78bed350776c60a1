from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.magics.command import verbs
from mlx_jupyter.kernel.magics.verb_help import help_of, summary_of


@pytest.mark.parametrize("line", ["load --help", "load -h", "help load", "load demo/chat --help"])
def test_a_verbs_help_has_its_options_and_examples(line: str) -> None:
    said = help_of(line, "overview") or ""
    assert "usage: %mlx load" in said
    assert "--keep-alive TIME  how long it stays when not pinned" in said
    assert "  %mlx load mlx-community/Qwen3-4B-4bit\n" in said


@pytest.mark.parametrize("line", ["help", "--help", "-h"])
def test_help_on_no_verb_is_the_overview(line: str) -> None:
    assert help_of(line, "\n    overview\n") == "overview"


@pytest.mark.parametrize("line", ["", "load demo/chat", "laod --help", "plan 'a --help"])
def test_a_command_is_no_question(line: str) -> None:
    assert help_of(line, "overview") is None


@pytest.mark.parametrize("verb", verbs())
def test_every_verb_has_a_summary(verb: str) -> None:
    assert summary_of(verb)
    assert help_of(f"{verb} --help", "")


@pytest.mark.parametrize("cell", ["%mlx load?", "x = 1\n%mlx load ?", "%mlx load demo/chat??"])
def test_a_question_mark_asks_for_help(
    shell: Any, capsys: pytest.CaptureFixture[str], cell: str
) -> None:
    shell.run_cell(cell)
    assert "usage: %mlx load" in capsys.readouterr().out


def test_a_question_mark_behind_mlx_is_ipythons_own(shell: Any) -> None:
    assert "pinfo" in shell.transform_cell("%mlx?")
    assert "--help" in shell.transform_cell("%mlx ?")
