from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

from mlx_jupyter.kernel.variables import SHELLS, Access, as_text

URL = "http://h:1/a%40b/mlx/v1"
ODD = "a key's \\ $HOME `x`"
COMMAND = (sys.executable, "-c", 'print("it\'s")')
SHOWN = Access(URL, ODD)
HIDDEN = Access(URL, None, COMMAND)


def test_the_key_is_in_no_text_where_it_is_not_to_be_shown() -> None:
    assert "OPENAI_API_KEY" in as_text(HIDDEN)
    assert "secret" not in repr(Access(URL, "secret"))


@pytest.mark.parametrize("shell", list(SHELLS))
def test_every_shell_gets_the_address(shell: str) -> None:
    assert URL in as_text(HIDDEN, shell)


def run(shell: str, access: Access) -> str:
    script = as_text(access, "fish" if shell == "fish" else "sh") + "\necho $OPENAI_BASE_URL"
    script += '\nprintf %s "$OPENAI_API_KEY"'
    made = subprocess.run([shell, "-c", script], check=True, capture_output=True, text=True)
    return made.stdout


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "fish"])
@pytest.mark.parametrize(("access", "key"), [(SHOWN, ODD), (HIDDEN, "it's")])
def test_a_real_shell_reads_it(shell: str, access: Access, key: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed here")
    assert run(shell, access) == f"{URL}\n{key}"


def test_powershell_doubles_quotes() -> None:
    assert "$env:OPENAI_API_KEY = 'a key''s " in as_text(SHOWN, "powershell")
    assert "(& '" in as_text(HIDDEN, "powershell")


def test_json_is_an_object_that_names_the_command_or_the_key() -> None:
    assert json.loads(as_text(HIDDEN, "json"))["OPENAI_API_KEY_COMMAND"] == list(COMMAND)
    assert json.loads(as_text(SHOWN, "json")) == {"OPENAI_BASE_URL": URL, "OPENAI_API_KEY": ODD}


def test_a_file_of_variables_runs_no_command() -> None:
    lines = as_text(HIDDEN, "dotenv").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [f"OPENAI_BASE_URL={URL}"]


def test_a_key_that_no_program_here_knows_is_a_remark() -> None:
    assert "# OPENAI_API_KEY: the key that you gave" in as_text(Access(URL, None))


def test_a_private_certificate_and_a_socket_are_remarked() -> None:
    text = as_text(Access(URL, None, cafile="/c.pem", uds="/s"))
    assert "SSL_CERT_FILE=/c.pem" in text
    assert "unix socket /s" in text
