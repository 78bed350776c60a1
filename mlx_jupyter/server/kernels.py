"""A kernel's pins go with the kernel: when it dies, is restarted, or is culled.

Jupyter says so on its event bus. Kernel managers of other makers may not, so who pins is also
looked for once in a while.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from jupyter_server import DEFAULT_EVENTS_SCHEMA_PATH

from mlx_jupyter.errors import NotFound
from mlx_jupyter.pool.pool import Pool

__all__ = ["Kernels"]

ACTIONS = "https://events.jupyter.org/jupyter_server/kernel_actions/v1"
ENDINGS = ("shutdown", "restart")
LOOK_SECONDS = 10.0

log = logging.getLogger(__name__)


class Kernels:
    """`kernel_manager` is Jupyter's `MappingKernelManager`, of whatever make; `event_logger` its
    event bus."""

    def __init__(self, pool: Pool, kernel_manager: Any, look_seconds: float = LOOK_SECONDS) -> None:
        self._pool = pool
        self._kernel_manager = kernel_manager
        self._look_seconds = look_seconds
        self._looking: asyncio.Task[None] | None = None

    def start(self, event_logger: Any) -> None:
        if ACTIONS not in event_logger.schemas:
            event_logger.register_event_schema(
                DEFAULT_EVENTS_SCHEMA_PATH / "kernel_actions" / "v1.yaml"
            )
        event_logger.add_listener(schema_id=ACTIONS, listener=self._on_action)
        self._looking = asyncio.create_task(self._look())

    def stop(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def check(self, kernel_id: str) -> None:
        """Raises `NotFound` for a kernel that does not run here."""
        if not await self._is_alive(kernel_id):
            raise NotFound(
                f"Kernel '{kernel_id}' does not run in this server, so it cannot pin a model.",
                param="kernel_id",
            )

    async def _on_action(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        if data.get("action") in ENDINGS and data.get("kernel_id"):
            self._drop(str(data["kernel_id"]))

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(self._look_seconds)
            for kernel_id in self._pool.pinning_kernels():
                if not await self._is_alive(kernel_id):
                    self._drop(kernel_id)

    async def _is_alive(self, kernel_id: str) -> bool:
        if kernel_id not in self._kernel_manager:
            return False
        alive = self._kernel_manager.is_alive(kernel_id)
        return bool(await alive if hasattr(alive, "__await__") else alive)

    def _drop(self, kernel_id: str) -> None:
        if kernel_id in self._pool.pinning_kernels():
            log.info("kernel %s has ended, and so do its pins", kernel_id)
            self._pool.drop_kernel(kernel_id)
