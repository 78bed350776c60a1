"""Every other path below `mlx`: 404 in OpenAI's shape, where Jupyter would answer with a page."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.errors import NotFound
from mlx_jupyter.server.handlers.base import RESOURCE, Handler

__all__ = ["UnknownHandler"]


class UnknownHandler(Handler):
    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        raise NotFound(
            f"Unknown route: {self.request.method} {self.request.path}", code="unknown_url"
        )

    head = post = put = patch = delete = get
