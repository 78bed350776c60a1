"""Discovery among real servers: whichever is found, it answers with its own process id."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mlx_jupyter
from mlx_jupyter.errors import ServerNotFound
from tests.jupyter_process import JupyterProcess, jupyter
from tests.kernel.magics.conftest import kernel_of

LIGHT = ["--MLXJupyter.spare_workers=0"]
ASK = (
    "import mlx_jupyter; pool = mlx_jupyter.connect(); print(pool.endpoint.how, pool.health().pid)"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def two(folder: Path) -> Iterator[tuple[JupyterProcess, JupyterProcess]]:
    """Two servers that share a runtime folder, with different root folders."""
    shared = {"JUPYTER_RUNTIME_DIR": str(folder / "one" / "runtime")}
    with jupyter(folder / "one", LIGHT) as one:
        (folder / "other" / "runtime").parent.mkdir()
        (folder / "other" / "runtime").symlink_to(folder / "one" / "runtime")
        with jupyter(folder / "other", LIGHT, token="another", extra_environment=shared) as other:
            yield one, other


@pytest.fixture
def elsewhere(
    two: Any, folder: Path, runtime: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A folder that no server holds; records are looked for where those servers leave theirs."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(folder / "one" / "runtime"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def printed(client: Any, code: str) -> str:
    texts: list[str] = []

    def on_output(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            texts.append(message["content"]["text"])

    client.execute_interactive(code, output_hook=on_output, timeout=30)
    return "".join(texts).strip()


@pytest.mark.parametrize("at", [0, 1])
def test_a_kernel_talks_to_the_server_that_started_it(two: Any, at: int) -> None:
    with kernel_of(two[at]) as client:
        assert printed(client, ASK) == f"parent {two[at].pid}"


@pytest.mark.parametrize("at", [0, 1])
def test_a_kernel_that_no_server_started_uses_the_one_whose_root_holds_its_folder(
    two: Any, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    monkeypatch.chdir(two[at].root_dir)
    with mlx_jupyter.connect() as pool:
        assert (pool.endpoint.how, pool.health().pid) == ("folder", two[at].pid)


def test_between_two_servers_none_is_guessed(two: Any, elsewhere: Path) -> None:
    with pytest.raises(ServerNotFound, match="none of them started this"):
        mlx_jupyter.connect()


def test_a_script_is_given_an_address_and_finds_the_key(two: Any, elsewhere: Path) -> None:
    code = f"import mlx_jupyter; print(mlx_jupyter.connect({two[1].origin!r}).health().pid)"
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=elsewhere
    )
    assert run.stdout.strip() == str(two[1].pid)


def test_jupyterhubs_environment_leads_to_its_server(
    two: Any, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address has a prefix, as every hub's has; the key is Jupyter's own token."""
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(elsewhere))
    port = two[0].origin.rsplit(":", 1)[1].split("/")[0]
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", f"http://0.0.0.0:{port}/a%40b/")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/a%40b/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", two[0].token)
    with mlx_jupyter.connect() as pool:
        assert (pool.endpoint.how, pool.health().pid) == ("hub", two[0].pid)


def test_a_server_on_a_unix_socket_is_found(
    tmp_path: Path, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "s"
    with jupyter(tmp_path / "u", [f"--ServerApp.sock={socket}", *LIGHT]) as server:
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(server.runtime_dir))
        with mlx_jupyter.connect() as pool:
            assert (pool.endpoint.uds, pool.health().pid) == (str(socket), server.pid)
