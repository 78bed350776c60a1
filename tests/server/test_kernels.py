"""A kernel's pins go with the kernel: real kernels of a real server."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from jupyter_client.multikernelmanager import AsyncMultiKernelManager
from jupyter_events import EventLogger

from mlx_jupyter.catalog import Catalog
from mlx_jupyter.pool.environment import worker_environment
from mlx_jupyter.pool.pool import Pool, PoolSettings
from mlx_jupyter.server.kernels import Kernels
from tests.jupyter_process import JupyterProcess
from tests.server.pool_server import error
from tests.waiting import wait_for


@pytest.fixture
def api(tight_server: JupyterProcess) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"token {tight_server.token}"}
    with httpx.Client(
        base_url=f"{tight_server.origin}api", headers=headers, timeout=60, trust_env=False
    ) as made:
        yield made


@pytest.fixture
def kernel(api: httpx.Client) -> Iterator[str]:
    made: dict[str, Any] = api.post("/kernels", json={}).json()
    yield str(made["id"])
    api.delete(f"/kernels/{made['id']}")


def pinned_by(http: httpx.Client) -> list[str]:
    pins = http.get("/v1/models/status").json()["models"]["llama"]["pinned_by"]
    return [str(pin) for pin in pins]


def pin(http: httpx.Client, kernel: str) -> None:
    http.post("/admin/models/load/llama", json={}, params={"kernel_id": kernel})
    assert pinned_by(http) == [kernel]


@pytest.fixture(autouse=True)
def _unpinned(tight: httpx.Client) -> None:
    tight.post("/admin/models/unload/llama", params={"force": "true"})
    tight.post("/admin/models/unload/qwen3", params={"force": "true"})


def test_a_restart_takes_the_kernels_pins(
    tight: httpx.Client, api: httpx.Client, kernel: str
) -> None:
    pin(tight, kernel)
    api.post(f"/kernels/{kernel}/restart")
    wait_for(lambda: pinned_by(tight) == [])
    assert tight.get("/v1/models/llama").json()["state"] == "ready"


def test_a_shutdown_takes_the_kernels_pins_and_not_the_users(
    tight: httpx.Client, api: httpx.Client, kernel: str
) -> None:
    pin(tight, kernel)
    tight.post("/admin/models/pin/llama")
    api.delete(f"/kernels/{kernel}")
    wait_for(lambda: pinned_by(tight) == ["user"])


def test_a_killed_kernel_takes_its_pins(
    tight: httpx.Client, tight_server: JupyterProcess, kernel: str
) -> None:
    pin(tight, kernel)
    children = psutil.Process(tight_server.pid).children(recursive=True)
    (process,) = [child for child in children if kernel in " ".join(child.cmdline())]
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: pinned_by(tight) == [])


def test_an_interrupt_takes_nothing(tight: httpx.Client, api: httpx.Client, kernel: str) -> None:
    pin(tight, kernel)
    api.post(f"/kernels/{kernel}/interrupt")
    assert pinned_by(tight) == [kernel]


@pytest.mark.parametrize("verb", ["load", "pin"])
def test_a_kernel_that_does_not_run_here_cannot_pin(tight: httpx.Client, verb: str) -> None:
    answer = tight.post(f"/admin/models/{verb}/llama", params={"kernel_id": "no-such-kernel"})
    assert (answer.status_code, error(answer)["param"]) == (404, "kernel_id")
    assert tight.get("/v1/models/llama").json()["state"] == "absent"


async def test_a_kernel_whose_manager_says_nothing_is_looked_for(
    checkpoints: Path, tmp_path: Path
) -> None:
    catalog = Catalog([checkpoints], {}, hub_cache=tmp_path)
    pool = Pool(PoolSettings(worker_environment(os.environ, None), spare_workers=0), catalog.find)
    manager = AsyncMultiKernelManager()
    kernels = Kernels(pool, manager, look_seconds=0.01)
    try:
        kernel = await manager.start_kernel()
        await pool.load("llama", pin=True, kernel=kernel)
        kernels.start(EventLogger())
        subscription = pool.events.subscribe()
        await kernels.check(kernel)
        await manager.shutdown_kernel(kernel, now=True)
        async with asyncio.timeout(20):
            while pool.slot("llama").pinned:
                await subscription.next(1)
    finally:
        kernels.stop()
        await pool.stop()
