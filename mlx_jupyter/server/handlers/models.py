"""`GET v1/models` and `GET v1/models/{id}`."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.server.application import Application
from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.wire.models import Model, ModelList

__all__ = ["ModelHandler", "ModelsHandler"]


class ModelsHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        checkpoints = await asyncio.to_thread(self.app.catalog.discover)
        self.reply(ModelList([_model(self.app, checkpoint) for checkpoint in checkpoints]))


class ModelHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self, model: str) -> None:
        self.reply(_model(self.app, await self.app.find(model)))


def _model(app: Application, checkpoint: Checkpoint) -> Model:
    slot = app.pool.slot(checkpoint.id)
    return Model(
        id=checkpoint.id,
        created=checkpoint.created,
        kind=checkpoint.kind,
        family=checkpoint.family,
        state=slot.state.value,
        size_bytes=app.pool.size_bytes(checkpoint),
        pinned=slot.pinned,
        context_length=checkpoint.context_length,
        path=str(checkpoint.path),
        why=checkpoint.why,
        decided_by=checkpoint.decided_by,
        revision=checkpoint.state,
        last_error=slot.last_error.message if slot.last_error else None,
    )
