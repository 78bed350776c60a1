from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.interpolation.err import Errors
from mlx_jupyter.kernel.interpolation.fix import fix_prompt

DIVISION = (
    "Cell In[1]:\n1 / 0\n\n"
    "Traceback (most recent call last):\n  Cell In[1], line 1\n---> 1 / 0\n"
    "ZeroDivisionError: division by zero"
)


def test_err_is_the_last_error_with_its_cell(filled: Any, run: Any) -> None:
    run("1 / 0")
    run("2 + 2")
    assert filled("{{Err}}").text == DIVISION


def test_err_of_a_cell_is_the_error_of_that_cell(filled: Any, run: Any) -> None:
    run("1 / 0")
    run("int('a')")
    assert filled("{{Err[1]}}").text == DIVISION
    assert filled("{{Err}}").text.endswith("invalid literal for int() with base 10: 'a'")


def test_a_syntax_error_counts(filled: Any, run: Any) -> None:
    run("x = = 1")
    text = filled("{{Err}}").text
    assert text.startswith("Cell In[1]:\nx = = 1\n\n  Cell In[1], line 1\n    x = = 1\n")
    assert text.endswith("SyntaxError: invalid syntax")


def test_the_error_of_a_script_counts(filled: Any, run: Any, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("x = 0\n1 / x\n")
    run(f"%run {script}")
    run("1 + 1")
    assert filled("{{Err}}").text == (
        f"Cell In[1]:\n%run {script}\n\nTraceback (most recent call last):\n"
        f'  File "{script}", line 2\n     x = 0\n---> 1 / x\nZeroDivisionError: division by zero'
    )


@pytest.mark.parametrize("source", ["raise KeyboardInterrupt", "%mlx nonsense", "%nonsense"])
def test_interrupts_and_mistakes_on_magics_do_not_count(run: Any, shell: Any, source: str) -> None:
    run(source)
    with pytest.raises(InvalidRequest, match="No cell has failed yet"):
        _ = Errors.of(shell).last  # type: ignore[union-attr]


def test_no_error_is_said(filled: Any) -> None:
    with pytest.raises(
        InvalidRequest, match=r"^No cell has failed yet: there is no error to show\.$"
    ):
        filled("{{Err}}")


def test_no_error_of_a_cell_is_said_with_those_there_are(filled: Any, run: Any) -> None:
    run("1 / 0")
    with pytest.raises(InvalidRequest, match=r"No error of cell 7 is known\. Those that did: 1\."):
        filled("{{Err[7]}}")


def test_a_variable_of_the_users_comes_first(filled: Any, run: Any) -> None:
    run("1 / 0")
    assert filled("{{Err}}", Err="mine").text == "mine"


def test_err_is_no_variable(run: Any, shell: Any) -> None:
    run("1 / 0")
    assert "Err" not in shell.user_ns


def test_twenty_errors_are_kept(filled: Any, run: Any) -> None:
    for _ in range(21):
        run("1 / 0")
    assert filled("{{Err[2]}}").text.startswith("Cell In[2]:")
    with pytest.raises(InvalidRequest, match="No error of cell 1 is known"):
        filled("{{Err[1]}}")


def test_what_a_failed_cell_held_is_let_go(shell: Any) -> None:
    class Data(list[int]):
        pass

    def fail() -> None:
        data = Data()
        kept.append(weakref.ref(data))
        raise ValueError

    class Result:
        error_before_exec = None
        error_in_exec: Exception | None = None
        execution_count = 1
        info = None

    kept: list[Any] = []
    result = Result()
    try:
        fail()
    except ValueError as error:
        result.error_in_exec = error
    errors = Errors.of(shell)
    assert errors
    errors.take(result)
    result.error_in_exec = None
    gc.collect()
    assert kept[0]() is None
    assert errors.last.traceback.endswith("ValueError")


def test_loading_again_listens_once(shell: Any) -> None:
    shell.run_line_magic("reload_ext", "mlx_jupyter")
    listeners = [call for call in shell.events.callbacks["post_run_cell"] if "Errors" in repr(call)]
    assert len(listeners) == 1


@pytest.mark.parametrize("source", ["1 / 0", "x = = 1"])
def test_the_error_before_the_extension_came_is_known(
    run: Any, shell: Any, filled: Any, source: str
) -> None:
    run(source)
    shell.run_line_magic("unload_ext", "mlx_jupyter")
    run("2 + 2")
    shell.run_line_magic("load_ext", "mlx_jupyter")
    assert filled("{{Err}}").text.startswith(f"Cell In[1]:\n{source}\n\n")


def test_an_error_that_no_cell_of_this_shell_showed_is_not_its_own(
    shell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "last_value", ValueError("elsewhere"), raising=False)
    shell.run_line_magic("reload_ext", "mlx_jupyter")
    with pytest.raises(InvalidRequest, match="No cell has failed yet"):
        _ = Errors.of(shell).last  # type: ignore[union-attr]


def test_without_the_extension_nobody_listens(shell: Any) -> None:
    shell.run_line_magic("unload_ext", "mlx_jupyter")
    assert Errors.of(shell) is None
    shell.run_line_magic("load_ext", "mlx_jupyter")


def test_fix_asks_about_the_last_error(run: Any, shell: Any) -> None:
    run("s = '```'\n1 / 0")
    prompt = fix_prompt(shell, Errors.of(shell))  # type: ignore[arg-type]
    assert "Explain" in prompt
    assert "Cell In[1]:\n\n````python\ns = '```'\n1 / 0\n````\n" in prompt
    assert prompt.endswith("ZeroDivisionError: division by zero\n````")


def test_fix_without_an_error_says_so(shell: Any) -> None:
    with pytest.raises(InvalidRequest, match="No cell has failed yet"):
        fix_prompt(shell, Errors.of(shell))  # type: ignore[arg-type]
