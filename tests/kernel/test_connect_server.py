"""Reaching real Jupyter servers that are set up in less common ways."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import mlx_jupyter
from tests.jupyter_process import jupyter

LIGHT = ["--MLXJupyter.spare_workers=0"]


@pytest.fixture
def use_runtime(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks for records where the server of this test leaves them."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.mark.usefixtures("use_runtime")
def test_a_server_with_its_own_certificate_is_found_and_trusted(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=elsewhere"]
    files = ["-keyout", key, "-out", certificate]
    subprocess.run([*made, *files], check=True, capture_output=True)
    arguments = [f"--ServerApp.certfile={certificate}", f"--ServerApp.keyfile={key}", *LIGHT]
    with jupyter(tmp_path, arguments) as server, mlx_jupyter.connect() as pool:
        assert pool.endpoint.base_url.startswith("https:")
        assert pool.health().pid == server.pid


@pytest.mark.usefixtures("use_runtime")
def test_a_server_with_a_password_is_reached_with_the_key_of_its_record(tmp_path: Path) -> None:
    arguments = ["--PasswordIdentityProvider.hashed_password=argon2:none", *LIGHT]
    with jupyter(tmp_path, arguments, token="") as server, mlx_jupyter.connect() as pool:
        assert pool.health().pid == server.pid


@pytest.mark.usefixtures("use_runtime")
def test_the_record_of_a_killed_server_is_passed_over(tmp_path: Path) -> None:
    with jupyter(tmp_path, LIGHT) as killed:
        killed.process.kill()
        killed.process.wait()
        with jupyter(tmp_path, LIGHT) as server, mlx_jupyter.connect() as pool:
            assert pool.health().pid == server.pid
