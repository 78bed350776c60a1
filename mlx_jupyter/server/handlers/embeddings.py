"""`POST v1/embeddings`.

An answer is one JSON document. As long as it is small it is held back until it is whole, so that an
error has its own status; a large one is written as it comes, and cut off if the model's process
dies: so a client that reads a whole answer has a whole one.
"""

from __future__ import annotations

from typing import Any

import msgspec
from jupyter_server.auth.decorator import authorized
from msgspec.structs import replace
from tornado.iostream import StreamClosedError
from tornado.web import authenticated, stream_request_body

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.inputs import inputs_in
from mlx_jupyter.messages import Embed, Joined, Vectors
from mlx_jupyter.pool.use import Use
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.body import Body
from mlx_jupyter.server.handlers.body_inputs import without_inputs
from mlx_jupyter.server.handlers.large_body import LargeBody
from mlx_jupyter.server.handlers.vectors import VectorsHandler
from mlx_jupyter.server.metrics.measured import CLIENT_GONE
from mlx_jupyter.server.vectors import VectorsWriter
from mlx_jupyter.wire.embeddings import EmbeddingRequest

__all__ = ["EmbeddingsHandler"]

HELD_BYTES = 4 * 2**20
"""What is held back is copied a few times at once on Jupyter's loop."""
CHECKED_BYTES = 64 * 1024
"""What is as small is looked at before a model is loaded for it, which others may have to leave
for: in 1 ms at most."""


@stream_request_body
class EmbeddingsHandler(LargeBody, VectorsHandler):
    route = "embeddings"

    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def answer_body(self) -> None:
        request, inputs = await self._understood(self.take_body())
        if len(inputs) <= CHECKED_BYTES:
            inputs_in(inputs, "input")
        model, checkpoint = await self.app.embedding_model(request.model)
        self.measured.ask(model, known=checkpoint is not None)
        use = self.begin("embd", request.keep_alive, len(inputs))
        handed = [inputs]
        del inputs
        ask = Embed(
            id=0,
            dimensions=request.dimensions,
            truncate=bool(request.truncate),
            input_type=request.input_type,
            normalize=request.normalize is not False,
        )
        writer = VectorsWriter(model, base64=request.encoding_format == "base64")
        await self.do(self._answer(model, use, ask, handed, writer), self.request_id)

    async def _understood(self, body: Body) -> tuple[EmbeddingRequest, memoryview]:
        rest, lifted, name = await without_inputs(body)
        request = self.parse(rest, EmbeddingRequest)
        if lifted is not None and bytes(request.input) == msgspec.json.encode(name):
            return replace(request, input=msgspec.Raw()), lifted
        return request, memoryview(request.input)

    async def _answer(
        self,
        model: str,
        use: Use,
        ask: Embed,
        handed: list[memoryview],
        writer: VectorsWriter,
    ) -> None:
        self.set_header("Content-Type", "application/json")
        held = [writer.head]
        begun = False
        try:
            async with self.asked(model, use, ask, handed) as stream:
                while items := await stream.take():
                    for item in items:
                        if isinstance(item, Joined):
                            writer.tokens = self.measured.prompt_tokens = item.prompt_tokens
                        elif isinstance(item, Vectors):
                            held.append(await writer.rows(item))
                        if begun or sum(map(len, held)) > HELD_BYTES:
                            begun = True
                            await self._send(held)
        except StreamClosedError:
            self.measured.end(CLIENT_GONE)
            return
        except MLXJupyterError as error:
            if not begun:
                raise
            self._cut_off(error)
            return
        self.finish(b"".join([*held, writer.tail]))

    async def _send(self, held: list[bytes]) -> None:
        self.write(b"".join(held))
        held.clear()
        await self.flush()

    def _cut_off(self, error: MLXJupyterError) -> None:
        """Half an answer may not look like a whole one."""
        self.log.warning("%s was cut off: %s", self.request.path, error.message)
        self.measured.end(error.status)
        connection: Any = self.detach()
        connection.close()
        self.on_finish()
