"""`%mlx connect` in a plain shell."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

import mlx_jupyter


@pytest.fixture
def mlx(shell: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return lambda line: shell.run_line_magic("mlx", line)


def asked(shell: Any) -> str:
    return str(shell.run_line_magic("chat", "-o answer Hello") or shell.user_ns["answer"])


def test_alone_it_says_where_this_notebook_is_connected_and_how(mlx: Any, use_canned: Any) -> None:
    said = str(mlx("connect"))
    assert said.startswith(f"Connected to {use_canned.url} (MLX_JUPYTER_URL; mlx_jupyter ")


def test_without_a_server_it_says_so(mlx: Any) -> None:
    assert str(mlx("connect")).startswith("No running Jupyter server")


def test_an_address_with_its_token_is_used_from_then_on_with_a_warning(
    mlx: Any, shell: Any, canned: Any, another_canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    token = another_canned.key.replace(" ", "%20")
    report = mlx(f"connect {another_canned.url.removesuffix('mlx/v1')}lab?token={token}")
    assert another_canned.key not in str(report) + repr(report) + report.as_html()
    assert "take it out of the cell" in str(report)
    asked(shell)
    assert (len(canned.requests), len(another_canned.requests)) == (0, 1)


def test_a_key_of_the_environment_is_used_without_a_warning(
    mlx: Any, canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", canned.key)
    assert "take it out" not in str(mlx(f"connect {canned.url}"))


def test_the_key_of_one_server_is_not_sent_to_another(
    mlx: Any, use_canned: Any, another_canned: Any
) -> None:
    another_canned.key = use_canned.key
    with pytest.raises(UsageError, match="wants a key"):
        mlx(f"connect {another_canned.url}")


def test_a_server_that_does_not_answer_changes_nothing(mlx: Any, use_canned: Any) -> None:
    with pytest.raises(UsageError, match=r"The connection is as it was\.") as raised:
        mlx("connect http://127.0.0.1:9/ --key secret")
    assert "secret" not in str(raised.value)
    assert use_canned.url in str(mlx("connect"))


def test_a_server_is_chosen_by_its_number(
    mlx: Any, canned: Any, another_canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    write_record(another_canned.record())
    report = mlx("connect")
    assert [record.base_url for record in report.records] == sorted(
        [canned.url, another_canned.url]
    )
    chosen = report.records[1]
    assert chosen.base_url in str(mlx("connect 2"))
    again = str(mlx("connect"))
    assert again.startswith(f"Connected to {chosen.base_url} (your choice")
    assert again.count("connected") == 1


def test_the_numbers_are_those_that_were_shown(
    mlx: Any, canned: Any, another_canned: Any, write_record: Any
) -> None:
    files = {server.url: write_record(server.record()) for server in (canned, another_canned)}
    shown = mlx("connect").records
    files[shown[0].base_url].unlink()
    assert shown[1].base_url in str(mlx("connect 2"))


def test_a_number_that_was_not_shown_is_refused(mlx: Any) -> None:
    with pytest.raises(UsageError, match="There is no server 3"):
        mlx("connect 3")


def test_reset_goes_back_to_looking_for_a_server(
    mlx: Any, use_canned: Any, another_canned: Any
) -> None:
    mlx(f"connect {another_canned.url} --key '{another_canned.key}'")
    assert use_canned.url in str(mlx("connect --reset"))


def test_a_chosen_server_that_has_gone_is_not_replaced_by_another(
    mlx: Any, shell: Any, canned: Any, another_canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    mlx(f"connect {another_canned.url} --key '{another_canned.key}'")
    another_canned.close()
    with pytest.raises(UsageError, match="Nothing answers"):
        asked(shell)
    assert canned.requests == []


def test_a_chosen_server_of_this_machine_is_found_again_with_another_key(
    mlx: Any, shell: Any, canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    mlx(f"connect {canned.url}")
    asked(shell)
    canned.key = "new key"
    write_record(canned.record())
    asked(shell)
    assert len(canned.requests) == 2


def test_python_in_this_notebook_follows_the_choice(
    mlx: Any, use_canned: Any, another_canned: Any, monkeypatch: pytest.MonkeyPatch, shell: Any
) -> None:
    mlx(f"connect {another_canned.url} --key '{another_canned.key}'")
    monkeypatch.setattr("mlx_jupyter.kernel.chosen.get_ipython", lambda: shell)
    assert mlx_jupyter.connect().endpoint.base_url == another_canned.url
    assert mlx_jupyter.connect(use_canned.url).endpoint.base_url == use_canned.url


@pytest.mark.parametrize("line", ["connect --key k", "connect --reset http://h", "connect --ca f"])
def test_options_without_an_address_are_a_mistake(mlx: Any, line: str) -> None:
    with pytest.raises(UsageError, match="go with ADDRESS"):
        mlx(line)


def test_a_certificate_is_given_with_the_address(
    mlx: Any, shell: Any, start_canned: Any, tmp_path: Path
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*made, *files], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = start_canned(listen=lambda tcp: context.wrap_socket(tcp, server_side=True))
    address = f"{server.url.replace('http:', 'https:')} --key '{server.key}'"
    with pytest.raises(UsageError, match="is not trusted"):
        mlx(f"connect {address}")
    mlx(f"connect {address} --ca {certificate}")
    asked(shell)
    assert len(server.requests) == 1


def test_a_server_that_wants_no_key_is_given_a_word_in_its_place(
    mlx: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_URL", "http://h")
    assert "export OPENAI_API_KEY=none" in str(mlx("env"))


def test_env_shows_a_command_instead_of_the_key(mlx: Any, canned: Any, write_record: Any) -> None:
    write_record(canned.record())
    hidden, shown = str(mlx("env")), str(mlx("env --show-key"))
    assert canned.key not in hidden
    assert f"-m mlx_jupyter key {canned.url}" in hidden
    assert canned.key in shown
    assert "clear it before you save" in shown
