"""What the handlers share: the pool, the catalog, the key, and how a name becomes a model."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field

from mlx_jupyter.catalog import Catalog, Checkpoint
from mlx_jupyter.errors import WrongKind
from mlx_jupyter.pool.pool import Pool
from mlx_jupyter.pool.slot import State

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
    default_chat_model: str
    blas: str | None
    key: str = field(default_factory=_key, repr=False)
    instance_id: str = field(default_factory=_instance_id)

    async def chat_model(self, name: str | None) -> str:
        """The id of the text model that `name` means; raises `ModelNotFound`, `ModelNotAllowed`,
        `WrongKind`."""
        model = self.catalog.canonical(name or self.default_chat_model)
        if self.pool.slot(model).state is State.READY:
            return model
        checkpoint = await self.find(model)
        if checkpoint.kind != "text":
            raise WrongKind(
                f"Model '{model}' is of kind {checkpoint.kind} ({checkpoint.why}); this route "
                "needs a text model. GET v1/models lists them.",
                param="model",
            )
        return checkpoint.id

    async def find(self, name: str) -> Checkpoint:
        """The checkpoint on disk, looked up off the loop."""
        return await asyncio.to_thread(self.catalog.find, name)
