"""What the handlers share: the pool, the catalog, the key, and how a name becomes a model."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from mlx_jupyter.catalog import Catalog, Checkpoint
from mlx_jupyter.errors import CheckpointIncomplete, ModelNotFound, WrongKind
from mlx_jupyter.pool.download import downloadable
from mlx_jupyter.pool.loader import LOADABLE
from mlx_jupyter.pool.pool import Pool
from mlx_jupyter.server.images.first_use import Pictures
from mlx_jupyter.server.kernels import Kernels
from mlx_jupyter.server.running import Running

__all__ = ["SETTING", "Application"]

SETTING = "mlx_jupyter_application"
"""Its name among Tornado's settings."""


def _instance_id() -> str:
    return secrets.token_hex(8)


def _key() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Application:
    """One per server. `key` opens `/mlx` routes only; it is new in every process and in no log."""

    catalog: Catalog
    pool: Pool
    kernels: Kernels
    pictures: Pictures
    default_chat_model: str
    default_vision_model: str
    allow_downloads: bool
    blas: str | None
    key: str = field(default_factory=_key, repr=False)
    instance_id: str = field(default_factory=_instance_id)
    running: Running = field(default_factory=Running)

    async def chat_model(
        self, name: str | None, *, images: bool = False
    ) -> tuple[str, Checkpoint | None]:
        """The id of the model that `name` means, which can chat, and about images if there are any;
        and what is known of it: nothing, where it is to be downloaded. Raises `ModelNotFound`,
        `ModelNotAllowed`, `WrongKind`."""
        default = self.default_vision_model if images else self.default_chat_model
        model, checkpoint = await self.model(name or default)
        if checkpoint is None:
            return model, checkpoint
        if checkpoint.kind not in LOADABLE:
            raise WrongKind(
                f"Model '{model}' is of kind {checkpoint.kind} ({checkpoint.why}); this route "
                "needs a text or a vision model. GET v1/models lists them.",
                param="model",
            )
        if images and checkpoint.kind != "vision":
            raise WrongKind(
                f"Model '{model}' does not support vision. {await self._who_can_see()}",
                param="model",
            )
        return model, checkpoint

    async def _who_can_see(self) -> str:
        found = await asyncio.to_thread(self.catalog.discover)
        names = [one.id for one in found if one.kind == "vision"]
        if not names:
            return "There is no model here that does."
        return f"Models here that do: {', '.join(names)}."

    async def model(self, name: str) -> tuple[str, Checkpoint | None]:
        """As `chat_model`, for a model of any kind."""
        model = self.catalog.canonical(name)
        checkpoint = self.pool.checkpoint(model)
        if checkpoint is not None:
            return model, checkpoint
        try:
            checkpoint = await self.find(model)
        except (ModelNotFound, CheckpointIncomplete):
            if not (self.allow_downloads and downloadable(model)):
                raise
            return model, None
        return checkpoint.id, checkpoint

    async def loadable(self, name: str) -> str:
        """The id of a model that a worker can load, or that is to be downloaded. Raises as `model`,
        and `WrongKind`."""
        model, checkpoint = await self.model(name)
        if checkpoint is not None and checkpoint.kind not in LOADABLE:
            raise WrongKind(
                f"Model '{model}' is of kind {checkpoint.kind} ({checkpoint.why}); models of kind "
                f"{checkpoint.kind} cannot be loaded yet.",
                param="model",
            )
        return model

    async def seated(self, name: str) -> str:
        """The id of a model that the pool has something to say of, or that is at least here.
        Raises `ModelNotFound`, with near names."""
        model = self.catalog.canonical(name)
        slot = self.pool.slot(model)
        known = slot.resident or slot.pinned or slot.last_error is not None
        return model if known else (await self.find(model)).id

    def admit(self, name: str) -> str:
        """The id that `name` means. Who may administer may name a folder by its absolute path, and
        from then on so may everyone."""
        model = self.catalog.canonical(name)
        if Path(model).is_absolute():
            self.catalog.admit(model)
        return model

    async def find(self, name: str) -> Checkpoint:
        """The checkpoint on disk, looked up off the loop."""
        return await asyncio.to_thread(self.catalog.find, name)
