"""What the handlers share: the pool, the catalog, the key, and how a name becomes a model."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mlx_jupyter.catalog import Catalog, Checkpoint, Kind
from mlx_jupyter.errors import (
    CheckpointIncomplete,
    InvalidRequest,
    MLXJupyterError,
    ModelNotFound,
    WrongKind,
)
from mlx_jupyter.pool.download import downloadable
from mlx_jupyter.pool.pool import Pool
from mlx_jupyter.server.images.first_use import Pictures
from mlx_jupyter.server.kernels import Kernels
from mlx_jupyter.server.metrics.series import Series
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
    """One per server. `defaults` are the models of requests that name none, by kind. `key` opens
    `/mlx` routes only; it is new in every process and in no log."""

    catalog: Catalog
    pool: Pool
    kernels: Kernels
    pictures: Pictures
    defaults: Mapping[Kind, str]
    allow_downloads: bool
    blas: str | None
    key: str = field(default_factory=_key, repr=False)
    instance_id: str = field(default_factory=_instance_id)
    running: Running = field(default_factory=Running)
    series: Series = field(default_factory=Series)

    async def chat_model(
        self, name: str | None, *, images: bool = False
    ) -> tuple[str, Checkpoint | None]:
        """The id of the model that `name` means, which can chat, and about images if there are any;
        and what is known of it: nothing, where it is to be downloaded. Raises `ModelNotFound`,
        `ModelNotAllowed`, `WrongKind`."""
        model, checkpoint = await self.model(name or self.defaults["vision" if images else "text"])
        if checkpoint is None:
            return model, checkpoint
        if checkpoint.kind not in ("text", "vision"):
            raise WrongKind(
                f"Model '{model}' is of kind {checkpoint.kind} ({checkpoint.why}); a text or "
                f"a vision model is needed. {await self._who_can('text', 'vision')}",
                param="model",
            )
        if images and checkpoint.kind != "vision":
            raise WrongKind(
                f"Model '{model}' does not support vision. {await self._who_can('vision')}",
                param="model",
            )
        return model, checkpoint

    async def embedding_model(
        self, name: str | None, *, ranking: bool = False
    ) -> tuple[str, Checkpoint | None]:
        """As `chat_model`, for a model that makes vectors, or one that can rank: by vectors, or as
        a cross-encoder."""
        model, checkpoint = await self.model(name or self.defaults["embedding"])
        if checkpoint is None or _embeds(checkpoint, ranking=ranking):
            return model, checkpoint
        what = "reranking" if ranking else "embeddings"
        is_one = f"it is of kind {checkpoint.kind} ({checkpoint.why})"
        if checkpoint.ranks:
            is_one = "it is a cross-encoder, which ranks (v1/rerank)"
        found = await asyncio.to_thread(self.catalog.discover)
        names = [one.id for one in found if _embeds(one, ranking=ranking)]
        raise WrongKind(
            f"Model '{model}' does not support {what}: {is_one}. {_listed(names)}", param="model"
        )

    async def _who_can(self, *kinds: Kind) -> str:
        found = await asyncio.to_thread(self.catalog.discover)
        return _listed([one.id for one in found if one.kind in kinds])

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

    async def local_model(self, name: str | None) -> tuple[str, Checkpoint]:
        """As `model`, for one that is here; without a name the one that chats. It is never fetched:
        raises `ModelNotFound`."""
        model = self.catalog.canonical(name or self.defaults["text"])
        checkpoint = self.pool.checkpoint(model)
        if checkpoint is not None:
            return model, checkpoint
        checkpoint = await self.find(model)
        return checkpoint.id, checkpoint

    async def draft(self, name: str | None) -> str | None:
        """The id of the model that is to write ahead; it is never fetched for a request. Raises
        `InvalidRequest`, `ModelNotFound` and its kin, naming the field."""
        if name is None:
            return None
        if not name.strip():
            raise InvalidRequest("'draft_model' names no model. Leave it out.", param="draft_model")
        try:
            return (await self.local_model(name))[0]
        except MLXJupyterError as error:
            error.param = "draft_model"
            raise

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


def _embeds(checkpoint: Checkpoint, *, ranking: bool) -> bool:
    return checkpoint.kind == "embedding" and (ranking or not checkpoint.ranks)


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "There is no model here that does."
    return f"Models here that do: {', '.join(names)}."
