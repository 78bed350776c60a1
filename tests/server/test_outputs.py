"""A server with an extension that makes a new output of every update of a display."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter_process import JupyterProcess, jupyter

NAME = "jupyter_server_documents"
SOURCE = f"""
def _jupyter_server_extension_points():
    return [{{"module": "{NAME}"}}]

def _load_jupyter_server_extension(app):
    pass
"""


@pytest.fixture
def appending(tmp_path: Path) -> Iterator[JupyterProcess]:
    """It has an extension of that name, which does nothing."""
    (tmp_path / f"{NAME}.py").write_text(SOURCE)
    arguments = [f'--ServerApp.jpserver_extensions={{"{NAME}": True, "mlx_jupyter": True}}']
    arguments += ["--MLXJupyter.allow_downloads=False", "--MLXJupyter.spare_workers=0"]
    path = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}", "HF_HUB_OFFLINE": "1"}
    with jupyter(tmp_path, arguments, extra_environment=path) as process:
        yield process


def test_it_says_so_in_its_record_and_its_health(appending: JupyterProcess) -> None:
    record = json.loads((appending.runtime_dir / f"mlx-jupyter-{appending.pid}.json").read_text())
    with appending.http() as http:
        health = http.get("/health").json()
    assert (record["updates_displays"], health["updates_displays"]) == (False, False)
    assert (health["allow_downloads"], health["offline"]) == (False, True)


def test_any_other_server_updates_displays(server: JupyterProcess) -> None:
    with server.http() as http:
        health = http.get("/health").json()
    assert health["updates_displays"] is True
