"""`POST admin/models/unload/{id}`: gives a model's memory back."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.server.handlers.base import RESOURCE, Handler

__all__ = ["UnloadHandler"]


class UnloadHandler(Handler):
    @authenticated
    @authorized(action="write", resource=RESOURCE)
    async def post(self, model: str) -> None:
        name = self.app.catalog.canonical(model)
        force = self.get_query_argument("force", "false").lower() in ("1", "true")
        await self.app.pool.unload(name, force=force)
        self.reply({"status": "unloaded", "model": name})
