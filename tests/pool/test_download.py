"""Downloads with the real client of the hub, from a hub on this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from mlx_jupyter.catalog import Catalog, preflight
from mlx_jupyter.errors import (
    CheckpointIncomplete,
    DownloadFailed,
    ExceedsMemory,
    InsufficientDisk,
    MLXJupyterError,
    ModelNotFound,
)
from mlx_jupyter.pool.download import DownloadProgress, download, downloadable
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.pool import Pool, PoolSettings
from tests.hub_server import HubServer
from tests.worker.asking import read, request


@pytest.fixture
def hub(checkpoints: Path, tmp_path: Path) -> Iterator[HubServer]:
    torch = tmp_path / "torch"
    torch.mkdir()
    (torch / "config.json").write_text("{}")
    (torch / "pytorch_model.bin").write_bytes(b"0")
    code = tmp_path / "with-code"
    shutil.copytree(checkpoints / "llama", code)
    (code / "modeling.py").write_text("1 / 0")
    repositories = {
        "acme/llama": checkpoints / "llama",
        "acme/torch": torch,
        "acme/closed": checkpoints / "llama",
        "acme/code": code,
    }
    with HubServer(repositories, gated=("acme/closed",)) as server:
        yield server


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "hub"


class Fetch:
    """`download` with its answers kept."""

    def __init__(self, hub: HubServer, cache: Path) -> None:
        self.environment = {**os.environ, **hub.environment, "HF_HUB_CACHE": str(cache)}
        self.progress: list[DownloadProgress] = []
        self.weights: list[int] = []

    async def __call__(
        self, model: str, check: Callable[[int], None] | None = None, **more: Any
    ) -> None:
        await download(
            model, self.environment, self.progress.append, check or self.weights.append, **more
        )


@pytest.fixture
def fetch(hub: HubServer, cache: Path) -> Fetch:
    return Fetch(hub, cache)


def catalog(cache: Path) -> Catalog:
    return Catalog([], {}, hub_cache=cache)


def downloaders() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if "catalog.downloader" in " ".join(child.cmdline())]


@pytest.mark.parametrize(
    ("name", "yes"),
    [
        ("org/name", True),
        ("org/name@v1", True),
        ("name", False),
        ("demo/chat", False),
        ("/a/path", False),
        ("org/name/more", False),
    ],
)
def test_only_what_the_hub_could_have_is_asked_for(name: str, yes: bool) -> None:
    assert downloadable(name) is yes


async def test_a_fetched_model_is_found_whole(
    fetch: Fetch, hub: HubServer, cache: Path, checkpoints: Path
) -> None:
    await fetch("acme/llama")
    found = catalog(cache).find("acme/llama")
    preflight(found)
    assert found.revision == hub.commit("acme/llama")
    assert fetch.weights == [(checkpoints / "llama" / "model.safetensors").stat().st_size]


async def test_progress_is_in_bytes_up_to_the_whole(fetch: Fetch, hub: HubServer) -> None:
    await fetch("acme/llama")
    assert fetch.progress
    total = fetch.progress[0].total_bytes
    assert total == sum(path.stat().st_size for path in hub.files("acme/llama").values())
    assert all(0 <= one.done_bytes <= one.total_bytes == total for one in fetch.progress)


async def test_a_revision_is_fetched_as_such_and_an_unknown_one_is_not_there(
    fetch: Fetch, cache: Path
) -> None:
    await fetch("acme/llama@v1")
    assert catalog(cache).find("acme/llama@v1").id == "acme/llama@v1"
    with pytest.raises(ModelNotFound, match="no revision 'v2'"):
        await fetch("acme/llama@v2")


@pytest.mark.parametrize(
    ("model", "kind", "words"),
    [
        ("acme/nothing", ModelNotFound, "On the hub there is no acme/nothing that you may see"),
        ("acme/closed", DownloadFailed, "gated: accept its terms"),
        ("acme/torch", DownloadFailed, "no config.json with safetensors weights"),
    ],
)
async def test_what_cannot_be_fetched_is_said_in_words(
    fetch: Fetch, model: str, kind: type[MLXJupyterError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await fetch(model)
    assert fetch.progress == []


async def test_without_a_network_that_is_what_is_said(cache: Path) -> None:
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache)}
    with pytest.raises(ModelNotFound, match="The hub cannot be reached"):
        await download("acme/llama", environment, print, print)


async def test_a_hub_that_does_not_answer_is_a_model_that_is_not_there(
    fetch: Fetch, hub: HubServer
) -> None:
    fetch.environment["HF_ENDPOINT"] = "http://127.0.0.1:9"
    with pytest.raises(ModelNotFound, match="The hub cannot be reached to fetch acme/llama"):
        await fetch("acme/llama")


async def test_too_little_disk_is_found_before_a_byte_is_fetched(
    fetch: Fetch, hub: HubServer
) -> None:
    with pytest.raises(InsufficientDisk, match=r"needs 0\.00 GB on the disk"):
        await fetch("acme/llama", reserve_bytes=10**18)
    assert hub.fetched == []


async def test_who_asked_may_say_no_before_a_byte_is_fetched(fetch: Fetch, hub: HubServer) -> None:
    def refuse(size_bytes: int) -> None:
        raise ExceedsMemory("too large")

    with pytest.raises(ExceedsMemory):
        await fetch("acme/llama", refuse)
    assert hub.fetched == []
    assert downloaders() == []


async def test_code_is_fetched_only_where_it_is_trusted(fetch: Fetch, hub: HubServer) -> None:
    await fetch("acme/code")
    assert "modeling.py" not in hub.fetched
    await fetch("acme/code", code=True)
    assert "modeling.py" in hub.fetched


async def test_a_cancelled_download_is_no_model_and_the_next_one_completes_it(
    fetch: Fetch, hub: HubServer, cache: Path
) -> None:
    hub.hold.clear()
    task = asyncio.create_task(fetch("acme/llama"))
    await asyncio.to_thread(hub.held.wait, 30)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert downloaders() == []
    with pytest.raises(CheckpointIncomplete):
        preflight(catalog(cache).find("acme/llama"))
    hub.hold.set()
    await fetch("acme/llama")
    preflight(catalog(cache).find("acme/llama"))


async def test_a_downloader_that_is_killed_is_an_error_that_may_be_tried_again(
    fetch: Fetch, hub: HubServer
) -> None:
    hub.hold.clear()
    task = asyncio.create_task(fetch("acme/llama"))
    await asyncio.to_thread(hub.held.wait, 30)
    os.kill(downloaders()[0].pid, signal.SIGKILL)
    with pytest.raises(DownloadFailed, match="exit code -9") as raised:
        await task
    assert raised.value.may_retry


async def test_the_pool_fetches_what_it_is_asked_for_loads_it_and_tells_how_far_it_is(
    hub: HubServer, fetch: Fetch, cache: Path
) -> None:
    settings = PoolSettings(
        worker_environment(os.environ, None),
        spare_workers=0,
        allow_downloads=True,
        download_environment=fetch.environment,
    )
    pool = Pool(settings, catalog(cache).find)
    hub.hold.clear()
    with pool.lease("acme/llama") as lease:
        await asyncio.to_thread(hub.held.wait, 30)
        assert not await lease.granted(0.01)
        hub.hold.set()
        await lease.granted()
        answer = await read(lease.generate(request("Hello", max_tokens=3)))
    assert answer.choices[0].tokens == 3
    stages = {event.progress.stage for event in pool.events.kept if event.progress is not None}
    assert stages == {"download", "load"}
    count = len(hub.fetched)
    await pool.unload("acme/llama")
    with pool.lease("acme/llama") as lease:
        await lease.granted()
    assert len(hub.fetched) == count, "what is in the cache is never fetched again"
    await pool.stop()


async def test_a_typing_error_is_told_the_near_names_too(
    hub: HubServer, fetch: Fetch, cache: Path
) -> None:
    await fetch("acme/llama")
    settings = PoolSettings(
        worker_environment(os.environ, None),
        spare_workers=0,
        allow_downloads=True,
        download_environment=fetch.environment,
    )
    pool = Pool(settings, catalog(cache).find)
    with (
        pool.lease("acme/lama") as lease,
        pytest.raises(ModelNotFound, match=r"mean acme/llama\? On the hub there is no acme/lama"),
    ):
        await lease.granted()
    assert pool.failed() == {}
    await pool.stop()


async def test_a_lease_that_is_given_up_ends_the_download(
    hub: HubServer, fetch: Fetch, cache: Path
) -> None:
    settings = PoolSettings(
        worker_environment(os.environ, None),
        spare_workers=0,
        allow_downloads=True,
        download_environment=fetch.environment,
    )
    pool = Pool(settings, catalog(cache).find)
    hub.hold.clear()
    with pool.lease("acme/llama"):
        await asyncio.to_thread(hub.held.wait, 30)
    await pool._conductor.idle()
    assert downloaders() == []
    await pool.stop()
