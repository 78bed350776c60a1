"""Every URL, under `<base_url>mlx/`. Model ids hold slashes, so they take the rest of the path."""

from __future__ import annotations

from tornado.web import RequestHandler

from mlx_jupyter.server.handlers.admin import (
    CancelHandler,
    PinHandler,
    UnloadHandler,
    UnpinHandler,
)
from mlx_jupyter.server.handlers.chat import ChatHandler
from mlx_jupyter.server.handlers.completions import CompletionsHandler
from mlx_jupyter.server.handlers.embeddings import EmbeddingsHandler
from mlx_jupyter.server.handlers.events import EventsHandler
from mlx_jupyter.server.handlers.health import HealthHandler
from mlx_jupyter.server.handlers.load import LoadHandler
from mlx_jupyter.server.handlers.models import ModelHandler, ModelsHandler
from mlx_jupyter.server.handlers.rerank import RerankHandler
from mlx_jupyter.server.handlers.status import AdminStatusHandler, PlanHandler, StatusHandler
from mlx_jupyter.server.handlers.switch import SwitchHandler
from mlx_jupyter.server.handlers.tokenize import DetokenizeHandler, TokenizeHandler
from mlx_jupyter.server.handlers.unknown import UnknownHandler

__all__ = ["routes"]

_MODEL = r"(?P<model>.+)"


def routes() -> list[tuple[str, type[RequestHandler]]]:
    return [
        (r"/mlx/v1/models", ModelsHandler),
        (r"/mlx/v1/models/status", StatusHandler),
        (r"/mlx/v1/models/switch", SwitchHandler),
        (rf"/mlx/v1/models/{_MODEL}", ModelHandler),
        (r"/mlx/v1/chat/completions", ChatHandler),
        (r"/mlx/v1/completions", CompletionsHandler),
        (r"/mlx/v1/embeddings", EmbeddingsHandler),
        (r"/mlx/v1/rerank", RerankHandler),
        (r"/mlx/v1/tokenize", TokenizeHandler),
        (r"/mlx/v1/detokenize", DetokenizeHandler),
        (r"/mlx/admin/models/status", AdminStatusHandler),
        (r"/mlx/admin/models/plan", PlanHandler),
        (rf"/mlx/admin/models/load/{_MODEL}", LoadHandler),
        (rf"/mlx/admin/models/unload/{_MODEL}", UnloadHandler),
        (rf"/mlx/admin/models/pin/{_MODEL}", PinHandler),
        (rf"/mlx/admin/models/unpin/{_MODEL}", UnpinHandler),
        (r"/mlx/admin/requests/(?P<request_id>[^/]+)/cancel", CancelHandler),
        (r"/mlx/admin/events", EventsHandler),
        (r"/mlx/health", HealthHandler),
        (r"/mlx(?:/.*)?", UnknownHandler),
    ]
