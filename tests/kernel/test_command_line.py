"""`python -m mlx_jupyter` in a process of its own."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.kernel.command_line import main


def terminal(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mlx_jupyter", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def recorded(canned: Any, write_record: Any) -> Any:
    write_record(canned.record())
    return canned


def test_a_shell_evaluates_what_env_writes(recorded: Any) -> None:
    script = (
        f'eval "$({sys.executable} -m mlx_jupyter env)"; echo "$OPENAI_BASE_URL $OPENAI_API_KEY"'
    )
    run = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout == f"{recorded.url} {recorded.key}\n"


def test_key_writes_the_key_of_an_address(recorded: Any) -> None:
    assert terminal("key", recorded.url).stdout == f"{recorded.key}\n"


def test_a_terminal_is_not_shown_the_key_unless_asked(recorded: Any) -> None:
    shown: list[str] = []
    for arguments in (["env"], ["env", "--show-key"]):
        out = Terminal()
        assert main(arguments, out, io.StringIO()) == 0
        shown.append(out.getvalue())
    assert recorded.key not in shown[0]
    assert f"-m mlx_jupyter key {recorded.url}" in shown[0]
    assert recorded.key in shown[1]


def test_a_key_that_is_not_known_here_is_an_error_not_an_empty_line(runtime: Path) -> None:
    run = terminal("key", "http://elsewhere/mlx/v1")
    assert (run.returncode, run.stdout) == (1, "")
    assert "No key for http://elsewhere/mlx/v1 is known here" in run.stderr


def test_without_a_server_it_says_so_and_fails(
    runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, problems = io.StringIO(), io.StringIO()
    assert main(["env"], out, problems) == 1
    assert out.getvalue() == ""
    assert problems.getvalue().startswith("No running Jupyter server")
    assert problems.getvalue().count("\n") == 1


def test_the_doctor_fails_where_something_is_wrong(runtime: Path) -> None:
    out = io.StringIO()
    assert main(["doctor"], out, io.StringIO()) == 1
    assert "Not well: No Jupyter server" in out.getvalue()
    assert "Python" in out.getvalue()
