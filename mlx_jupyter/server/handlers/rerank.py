"""`POST v1/rerank`: documents by how well they fit a query.

With an embedding model the score is the cosine of two vectors, from -1 to 1; with a cross-encoder
it is the model's own, from 0 to 1.
"""

from __future__ import annotations

import msgspec
from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.messages import Embed, Joined, Vectors
from mlx_jupyter.pool.use import Use
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.vectors import VectorsHandler
from mlx_jupyter.server.vectors import floats
from mlx_jupyter.wire.embeddings import EmbeddingUsage
from mlx_jupyter.wire.rerank import Document, Ranked, RerankAnswer, RerankRequest

__all__ = ["RerankHandler"]


class RerankHandler(VectorsHandler):
    route = "rerank"

    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self) -> None:
        request = self.decode(RerankRequest)
        model, checkpoint = await self.app.embedding_model(request.model, ranking=True)
        self.measured.ask(model, known=checkpoint is not None)
        use = self.begin("rerank", request.keep_alive, len(self.request.body))
        await self.do(self._answer(model, use, request), self.request_id)

    async def _answer(self, model: str, use: Use, request: RerankRequest) -> None:
        texts = [one if isinstance(one, str) else one.text for one in request.documents]
        ask = Embed(id=0, truncate=bool(request.truncate), query=request.query)
        tokens, scores = 0, list[float]()
        handed = [memoryview(msgspec.json.encode(texts))]
        async with self.asked(model, use, ask, handed) as stream:
            while items := await stream.take():
                for item in items:
                    if isinstance(item, Joined):
                        tokens = self.measured.prompt_tokens = item.prompt_tokens
                    elif isinstance(item, Vectors):
                        scores += floats(item.data)
        best = sorted(range(len(scores)), key=lambda at: -scores[at])[: request.top_n]
        results = [Ranked(at, scores[at]) for at in best]
        if request.return_documents:
            results = [
                Ranked(one.index, one.relevance_score, Document(text=texts[one.index]))
                for one in results
            ]
        usage = EmbeddingUsage(tokens, tokens)
        self.reply(RerankAnswer(self.request_id, model, results, usage))
