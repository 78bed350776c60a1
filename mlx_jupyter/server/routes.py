"""Every URL, under `<base_url>mlx/`. Model ids hold slashes, so they take the rest of the path."""

from __future__ import annotations

from tornado.web import RequestHandler

from mlx_jupyter.server.handlers.admin import UnloadHandler
from mlx_jupyter.server.handlers.chat import ChatHandler
from mlx_jupyter.server.handlers.completions import CompletionsHandler
from mlx_jupyter.server.handlers.health import HealthHandler
from mlx_jupyter.server.handlers.models import ModelHandler, ModelsHandler
from mlx_jupyter.server.handlers.unknown import UnknownHandler

__all__ = ["routes"]

_MODEL = r"(?P<model>.+)"


def routes() -> list[tuple[str, type[RequestHandler]]]:
    return [
        (r"/mlx/v1/models", ModelsHandler),
        (rf"/mlx/v1/models/{_MODEL}", ModelHandler),
        (r"/mlx/v1/chat/completions", ChatHandler),
        (r"/mlx/v1/completions", CompletionsHandler),
        (rf"/mlx/admin/models/unload/{_MODEL}", UnloadHandler),
        (r"/mlx/health", HealthHandler),
        (r"/mlx(?:/.*)?", UnknownHandler),
    ]
