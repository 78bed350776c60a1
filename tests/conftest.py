"""Fixtures that several folders share: tiny real checkpoints and a real Jupyter server."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jupyter_process import JupyterProcess, jupyter
from tests.models import TRAINED, build

FAMILIES = ("llama", "qwen3", "mistral", "gemma2")
ABSENT = Path(__file__).parent / "absent"
"""Modules that say they are not installed; in this process pyproject.toml leads to them."""


def pytest_configure() -> None:
    """What is started by tests does without these modules, too."""
    paths = (str(ABSENT), os.environ.get("PYTHONPATH"))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models: one random one a family, and the trained ones as `trained/<name>`."""
    folder = tmp_path_factory.mktemp("models")
    build(folder, *FAMILIES)
    (folder / "trained").mkdir()
    for name, path in TRAINED.items():
        (folder / "trained" / name).symlink_to(path)
    return folder


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, checkpoints: Path) -> Iterator[JupyterProcess]:
    """One server for all tests that leave it as they found it."""
    folder = tmp_path_factory.mktemp("jupyter")
    arguments = [f"--MLXJupyter.model_dirs={json.dumps([str(checkpoints)])}"]
    with jupyter(folder, arguments) as process:
        yield process
