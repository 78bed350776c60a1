"""A real kernel, and what a frontend would show of its cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel


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

    def __init__(self) -> None:
        self.manager, self.client = start_new_kernel(kernel_name="python3")
        self.run("%load_ext mlx_jupyter")

    def run(self, code: str, *, interrupt_at: str | None = None) -> Cell:
        """Executes `code`; interrupts the kernel when an output first holds `interrupt_at`."""
        cell = Cell()
        texts = [interrupt_at] if interrupt_at else []

        def on_output(message: dict[str, Any]) -> None:
            cell.take(message)
            if texts and texts[0] in str(message["content"].get("data", "")):
                texts.clear()
                self.manager.interrupt_kernel()

        reply = self.client.execute_interactive(code, output_hook=on_output, timeout=30)
        cell.status = reply["content"]["status"]
        return cell

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(use_canned: Any) -> Iterator[Notebook]:
    made = Notebook()
    yield made
    made.close()
