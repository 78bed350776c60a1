"""A model that is not here yet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import mlx_jupyter
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.embedded import Embedded
from mlx_jupyter.wire.pool import PoolEvent
from tests.hub_server import HubServer
from tests.jupyter_process import jupyter
from tests.kernel.embedding.conftest import record

NAME = "org/embed"


@pytest.fixture
def fetching(tmp_path: Path, cache_folder: Path) -> Iterator[Pool]:
    """The pool of a server whose hub has `org/embed`."""
    folder = Path(mlx_jupyter.__file__).parent / "demo" / "embed"
    with (
        HubServer({NAME: folder}) as hub,
        jupyter(tmp_path / "jupyter", extra_environment=hub.environment) as server,
        mlx_jupyter.connect(server.url, server.key) as pool,
    ):
        yield pool


def test_a_model_is_fetched_with_progress_and_its_vectors_are_kept(fetching: Pool) -> None:
    *steps, last = fetching.embed_events(["a dog", "a cat"], model=NAME)
    stages = {
        step.progress.stage for step in steps if isinstance(step, PoolEvent) and step.progress
    }
    assert "download" in stages
    assert isinstance(last, Embedded)
    assert (last.model, last.vectors.shape, last.cached) == (NAME, (2, 96), 0)
    asked = record(fetching)
    fetching.embed(["a cat", "a dog"], model=NAME)
    assert asked == []
