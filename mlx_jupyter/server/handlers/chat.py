"""`POST v1/chat/completions`."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.server.exchange import ChatExchange
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.generation import GenerationHandler
from mlx_jupyter.server.openai import from_chat
from mlx_jupyter.wire.chat import ChatRequest

__all__ = ["ChatHandler"]


class ChatHandler(GenerationHandler):
    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        request = self.decode(ChatRequest)
        model, checkpoint = await self.app.chat_model(request.model)
        options = request.stream_options
        exchange = ChatExchange(
            model,
            request.n or 1,
            logprobs=bool(request.logprobs),
            usage=options is not None and options.include_usage,
        )
        generate = from_chat(request, model)
        await self.answer(model, checkpoint, [generate], exchange, request)
