"""The pool of a real server, an empty cache, and what is asked of `v1/embeddings`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import mlx_jupyter
from mlx_jupyter.kernel.client import Pool


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def pool(server: Any, cache_folder: Path) -> Iterator[Pool]:
    with mlx_jupyter.connect(server.url, server.key) as made:
        yield made


@pytest.fixture
def sent(pool: Pool) -> list[dict[str, Any]]:
    """The bodies of the requests for vectors, as they are made."""
    return record(pool)


def record(pool: Pool) -> list[dict[str, Any]]:
    bodies: list[dict[str, Any]] = []

    def on_request(request: httpx.Request) -> None:
        if request.url.path.endswith("/v1/embeddings"):
            bodies.append(json.loads(request.content))

    pool._http.event_hooks = {"request": [on_request]}
    return bodies
