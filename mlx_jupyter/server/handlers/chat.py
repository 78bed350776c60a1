"""`POST v1/chat/completions`."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated, stream_request_body

from mlx_jupyter.errors import TooLarge
from mlx_jupyter.server.exchange import ChatExchange
from mlx_jupyter.server.handlers.base import MAX_BODY_BYTES, RESOURCE
from mlx_jupyter.server.handlers.body import Body
from mlx_jupyter.server.handlers.generation import GenerationHandler
from mlx_jupyter.server.handlers.large_body import LargeBody
from mlx_jupyter.server.images.source import Source
from mlx_jupyter.server.openai import from_chat, images_of
from mlx_jupyter.wire.chat import ChatRequest

__all__ = ["ChatHandler"]


@stream_request_body
class ChatHandler(LargeBody, GenerationHandler):
    route = "chat"

    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def answer_body(self) -> None:
        request, sources = self._understood(self.take_body())
        model, checkpoint = await self.app.chat_model(request.model, images=bool(sources))
        generate = from_chat(request)
        options = request.stream_options
        exchange = ChatExchange(
            model,
            request.n or 1,
            logprobs=bool(request.logprobs),
            usage=options is not None and options.include_usage,
        )
        await self.try_schema(generate.schema, exchange.id)
        await self.take_pictures(sources, exchange.id)
        sources.clear()
        await self.answer(model, checkpoint, [generate], exchange, request)

    def _understood(self, body: Body) -> tuple[ChatRequest, list[Source]]:
        """Raises `InvalidRequest`, and `TooLarge` for what is large without its images."""
        lifted = body.lifted()
        self._check_rest(len(lifted.body))
        request = self.parse(lifted.body, ChatRequest)
        sources = images_of(request, lifted.urls)
        images = [source.url for source in sources if isinstance(source.url, memoryview)]
        if len(images) == len(lifted.urls):
            return request, sources
        # A text that begins as an image's URL does was lifted with them.
        self._check_rest(len(body.view()) - sum(map(len, images)))
        request = self.parse(body.view(), ChatRequest)
        return request, images_of(request, {})

    def _check_rest(self, size_bytes: int) -> None:
        if size_bytes > MAX_BODY_BYTES:
            raise TooLarge(
                f"The body has {size_bytes} bytes besides its images; at most {MAX_BODY_BYTES} are "
                "accepted."
            )
