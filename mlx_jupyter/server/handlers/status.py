"""`GET v1/models/status`, `GET admin/models/status`, `GET admin/models/plan`."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.server.handlers.parameters import client_of
from mlx_jupyter.server.pool_status import pool_status

__all__ = ["AdminStatusHandler", "PlanHandler", "StatusHandler"]


class StatusHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        checkpoints = await asyncio.to_thread(self.app.catalog.discover)
        self.reply(pool_status(self.app.pool, checkpoints))


class AdminStatusHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        self.reply(self.app.pool.status())


class PlanHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        name = self.get_query_argument("model", "")
        if not name:
            raise InvalidRequest("Say for which model: ?model=ID.", param="model")
        model, _ = await self.app.model(name)
        self.reply(await self.app.pool.plan(model, client=client_of(self.request)))
