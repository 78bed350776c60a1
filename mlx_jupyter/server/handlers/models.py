"""`GET v1/models` and `GET v1/models/{id}`."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.catalog.fingerprint import revision_of
from mlx_jupyter.server.application import Application
from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.wire.models import Model, ModelList

__all__ = ["ModelHandler", "ModelsHandler"]


class ModelsHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        def discover() -> list[tuple[Checkpoint, str]]:
            return [(found, revision_of(found)) for found in self.app.catalog.discover()]

        models = [_model(self.app, *found) for found in await asyncio.to_thread(discover)]
        self.reply(ModelList(models))


class ModelHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self, model: str) -> None:
        found = await self.app.find(model)
        revision = await asyncio.to_thread(revision_of, found)
        self.reply(_model(self.app, found, revision))


def _model(app: Application, checkpoint: Checkpoint, revision: str) -> Model:
    slot = app.pool.slot(checkpoint.id)
    return Model(
        id=checkpoint.id,
        created=checkpoint.created,
        kind=checkpoint.kind,
        family=checkpoint.family,
        state=slot.state.value,
        size_bytes=app.pool.resident_bytes(checkpoint.id) or checkpoint.size_bytes,
        pinned=slot.pinned,
        context_length=checkpoint.context_length,
        path=str(checkpoint.path),
        why=checkpoint.why,
        decided_by=checkpoint.decided_by,
        revision=revision,
        last_error=slot.last_error.message if slot.last_error else None,
    )
