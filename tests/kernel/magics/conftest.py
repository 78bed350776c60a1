"""A real kernel, and what a frontend would show of its cells."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from jupyter_client import BlockingKernelClient

from tests.kernel_start import start_kernel


@dataclass
class Cell:
    """What a frontend would show of one execution, displays merged by their id."""

    status: str = ""
    outputs: list[dict[str, Any]] = field(default_factory=list)
    updates: int = 0
    stderr: str = ""
    traceback: list[str] = field(default_factory=list)
    _by_id: dict[str, dict[str, Any]] = field(default_factory=dict)

    def take(self, message: dict[str, Any]) -> None:
        content = message["content"]
        match message["msg_type"]:
            case "display_data" | "execute_result":
                self.outputs.append(content["data"])
                self._by_id[content.get("transient", {}).get("display_id", "")] = content["data"]
            case "update_display_data":
                self._by_id[content["transient"]["display_id"]].update(content["data"])
                self.updates += 1
            case "stream" if content["name"] == "stderr":
                self.stderr += content["text"]
            case "error":
                self.traceback = content["traceback"]


class Notebook:
    """A real kernel with the extension loaded; `run` executes one cell."""

    def __init__(self, client: Any, interrupt: Callable[[], Any]) -> None:
        self.client, self.interrupt = client, interrupt
        self.run("%load_ext mlx_jupyter")

    def run(self, code: str, *, interrupt_at: str | None = None) -> Cell:
        """Executes `code`; interrupts the kernel when an output first holds `interrupt_at`."""
        cell = Cell()
        texts = [interrupt_at] if interrupt_at else []

        def on_output(message: dict[str, Any]) -> None:
            cell.take(message)
            if texts and texts[0] in str(message["content"].get("data", "")):
                texts.clear()
                self.interrupt()

        reply = self.client.execute_interactive(code, output_hook=on_output, timeout=30)
        cell.status = reply["content"]["status"]
        return cell


@pytest.fixture
def notebook(use_canned: Any) -> Iterator[Notebook]:
    manager, client = start_kernel()
    yield Notebook(client, manager.interrupt_kernel)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@contextmanager
def kernel_of(server: Any) -> Iterator[Any]:
    with httpx.Client(
        base_url=server.origin, headers={"Authorization": f"token {server.token}"}, timeout=30
    ) as jupyter:
        kernel = jupyter.post("api/kernels").raise_for_status().json()["id"]
        client = BlockingKernelClient()
        client.load_connection_file(str(server.runtime_dir / f"kernel-{kernel}.json"))
        client.start_channels()
        client.wait_for_ready(timeout=30)
        cache = str(server.runtime_dir.with_name("cache"))
        client.execute(f"import os; os.environ['MLX_JUPYTER_CACHE'] = {cache!r}", silent=True)
        client.kernel_id = kernel
        client.interrupt = lambda: jupyter.post(f"api/kernels/{kernel}/interrupt")
        yield client
        client.stop_channels()
        jupyter.delete(f"api/kernels/{kernel}")


@pytest.fixture
def own_kernel(server: Any) -> Iterator[Any]:
    """A kernel that the server started, spoken to directly."""
    with kernel_of(server) as client:
        yield client


@pytest.fixture
def pool_notebook(small_pool: Any) -> Iterator[Notebook]:
    """A notebook of the server whose budget holds two models."""
    with kernel_of(small_pool) as client:
        yield Notebook(client, client.interrupt)
