"""`POST v1/completions`."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.server.exchange import CompletionExchange
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.generation import GenerationHandler
from mlx_jupyter.server.openai import from_completion
from mlx_jupyter.wire.completions import CompletionRequest

__all__ = ["CompletionsHandler"]


class CompletionsHandler(GenerationHandler):
    route = "completions"

    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        request = self.decode(CompletionRequest)
        model, checkpoint = await self.app.chat_model(request.model)
        options = request.stream_options
        exchange = CompletionExchange(
            model,
            request.n or 1,
            logprobs=request.logprobs,
            usage=options is not None and options.include_usage,
        )
        await self.answer(model, checkpoint, from_completion(request), exchange, request)
