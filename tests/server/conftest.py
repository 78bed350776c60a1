from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.jupyter_process import JupyterProcess, jupyter
from tests.server.pool_server import TIGHT


@pytest.fixture(scope="session")
def client(server: JupyterProcess) -> Iterator[openai.OpenAI]:
    """The real client, with Jupyter's own token, as any user has it."""
    with openai.OpenAI(base_url=server.url, api_key=server.token, max_retries=0) as made:
        yield made


@pytest.fixture(scope="session")
def http(server: JupyterProcess) -> Iterator[httpx.Client]:
    with server.http() as made:
        yield made


@pytest.fixture(scope="session")
def tight_server(
    tmp_path_factory: pytest.TempPathFactory, checkpoints: Path
) -> Iterator[JupyterProcess]:
    """One with room for one model at a time; its tests unload what they find."""
    arguments = [f"--MLXJupyter.model_dirs={checkpoints}", *TIGHT]
    with jupyter(tmp_path_factory.mktemp("tight"), arguments) as process:
        yield process


@pytest.fixture(scope="session")
def tight(tight_server: JupyterProcess) -> Iterator[httpx.Client]:
    with tight_server.http() as made:
        yield made
