"""`POST admin/models/{unload,pin,unpin}/{id}` and `POST admin/requests/{id}/cancel`."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.server.handlers.parameters import truth
from mlx_jupyter.wire.pool import Cancelled, Pinned, Unloaded

__all__ = ["CancelHandler", "PinHandler", "UnloadHandler", "UnpinHandler"]


class UnloadHandler(Handler):
    @authenticated
    @authorized(action="write", resource=RESOURCE)
    async def post(self, model: str) -> None:
        name = await self.app.seated(model)
        force = truth("force", self.get_query_argument("force", "false"))
        freed_bytes = await self.app.pool.unload(name, force=force)
        self.reply(Unloaded(status="unloaded", model=name, freed_bytes=freed_bytes))


class PinHandler(Handler):
    @authenticated
    @authorized(action="write", resource=RESOURCE)
    async def post(self, model: str) -> None:
        name = await self.app.seated(model)
        kernel = self.get_query_argument("kernel_id", "") or None
        if kernel is not None:
            await self.app.kernels.check(kernel)
        pinned_by = self.app.pool.pin(name, kernel)
        self.reply(Pinned(status="pinned", model=name, pinned=True, pinned_by=pinned_by))


class UnpinHandler(Handler):
    @authenticated
    @authorized(action="write", resource=RESOURCE)
    async def post(self, model: str) -> None:
        name = await self.app.seated(model)
        kernel = self.get_query_argument("kernel_id", "") or None
        pinned_by = self.app.pool.unpin(name, kernel)
        self.reply(
            Pinned(status="unpinned", model=name, pinned=bool(pinned_by), pinned_by=pinned_by)
        )


class CancelHandler(Handler):
    @authenticated
    @authorized(action="write", resource=RESOURCE)
    async def post(self, request_id: str) -> None:
        self.app.running.cancel(request_id)
        self.reply(Cancelled(status="cancelled", id=request_id))
