from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.magics import load


@pytest.mark.parametrize("name", ["chat", "embed", "see"])
def test_loading_brings_the_magics(shell: Any, name: str) -> None:
    assert shell.find_line_magic(name)
    assert shell.find_cell_magic(name)


@pytest.mark.parametrize("name", ["chat", "embed", "see"])
def test_unloading_takes_the_magics_away(shell: Any, name: str) -> None:
    shell.run_line_magic("unload_ext", "mlx_jupyter")
    assert shell.find_line_magic(name) is None
    assert shell.find_cell_magic(name) is None


def test_loading_twice_is_loading_once(shell: Any) -> None:
    before = len(shell.input_transformer_manager.token_transformers)
    load(shell)
    assert len(shell.input_transformer_manager.token_transformers) == before


def test_loading_looks_for_no_server(shell: Any, use_canned: Any) -> None:
    shell.run_line_magic("reload_ext", "mlx_jupyter")
    assert use_canned.requests == []


def test_help_shows_the_options_and_examples(
    shell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_cell("%%chat?")
    said = capsys.readouterr().out
    assert "\n  %%chat [MODEL] [OPTIONS]\n  %chat [OPTIONS] TEXT\n" in said
    assert "--max-tokens N" in said
    assert "%chat What is a token?" in said
    assert "(only in %%chat)" in said


def test_help_on_embed_shows_both_forms(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%embed?")
    said = capsys.readouterr().out
    assert "\n  %embed EXPR [OPTIONS]\n  %%embed [OPTIONS]\n" in said
    assert "that of %mlx use" in said
    assert "%embed df.text --into df.vector" in said


def test_help_on_see_shows_both_forms(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%see?")
    said = capsys.readouterr().out
    assert "\n  %see IMAGE... [OPTIONS] [QUESTION]\n  %%see IMAGE... [OPTIONS]\n" in said
    assert "%see photo.jpg" in said
