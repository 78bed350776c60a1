from __future__ import annotations

from collections.abc import Iterator

import httpx
import openai
import pytest

from tests.jupyter_process import JupyterProcess


@pytest.fixture(scope="session")
def client(server: JupyterProcess) -> Iterator[openai.OpenAI]:
    """The real client, with Jupyter's own token, as any user has it."""
    with openai.OpenAI(base_url=server.url, api_key=server.token, max_retries=0) as made:
        yield made


@pytest.fixture(scope="session")
def http(server: JupyterProcess) -> Iterator[httpx.Client]:
    with server.http() as made:
        yield made
