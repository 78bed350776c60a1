"""What a worker loads: adapters, and code where it is trusted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from mlx_jupyter.catalog import Catalog, preflight
from mlx_jupyter.errors import CodeRefused
from mlx_jupyter.messages import Load, Loaded
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.worker_link import WorkerLink
from tests.catalog.test_adapter import MAKE
from tests.worker.asking import ask


@pytest_asyncio.fixture
async def link() -> AsyncIterator[WorkerLink]:
    started = await WorkerLink.start(worker_environment(os.environ, None))
    yield started
    await started.stop()


async def load(link: WorkerLink, catalog: Catalog, model: str) -> Loaded:
    found = catalog.find(model)
    preflight(found)
    adapter = str(found.adapter) if found.adapter else None
    command = Load(
        path=str(found.path), kind="text", max_batch=4, adapter=adapter, trusted=found.trusted
    )
    loaded = await link.load(command, model)
    assert loaded.weights_bytes == found.size_bytes, "the footprint is exact"
    return loaded


@pytest.fixture
def tuned(checkpoints: Path, tmp_path: Path) -> Path:
    """A folder with an adapter for `llama`."""
    folder = tmp_path / "adapters"
    (folder / "tuned").mkdir(parents=True)
    command = [sys.executable, "-c", MAKE, str(checkpoints / "llama"), str(folder / "tuned")]
    subprocess.run(command, check=True)
    return folder


async def test_an_adapter_changes_the_answer_and_is_counted_to_the_byte(
    checkpoints: Path, tmp_path: Path, link: WorkerLink, tuned: Path
) -> None:
    catalog = Catalog([checkpoints, tuned], {}, hub_cache=tmp_path / "hub")
    await load(link, catalog, "llama+tuned")
    with_adapter = await ask(link, "Hello", max_tokens=12)
    plain_link = await WorkerLink.start(worker_environment(os.environ, None))
    await load(plain_link, catalog, "llama")
    plain = await ask(plain_link, "Hello", max_tokens=12)
    await plain_link.stop()
    assert with_adapter.text != plain.text


async def test_code_of_a_checkpoint_runs_only_where_it_is_trusted(
    checkpoints: Path, tmp_path: Path, link: WorkerLink
) -> None:
    folder = tmp_path / "models" / "own"
    shutil.copytree(checkpoints / "llama", folder)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"model_file": "own.py"}))
    (folder / "own.py").write_text(
        f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\n"
        "from mlx_lm.models.llama import *\n"
    )
    with pytest.raises(CodeRefused):
        preflight(Catalog([tmp_path / "models"], {}, hub_cache=tmp_path).find("own"))
    trusting = Catalog([tmp_path / "models"], {"mine": "own"}, hub_cache=tmp_path, trusted=["mine"])
    preflight(trusting.find("own"))
    assert not (tmp_path / "ran").exists(), "the server itself never runs it"
    await load(link, trusting, "own")
    assert (tmp_path / "ran").exists()
    assert (await ask(link, "Hello", max_tokens=3)).choices[0].tokens == 3
