"""What embeddings and reranking share: lease, ask, and what is said of the model in headers."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mlx_jupyter.messages import Embed
from mlx_jupyter.pool.stream import Stream
from mlx_jupyter.pool.use import Use
from mlx_jupyter.server.handlers.metered import MeteredHandler
from mlx_jupyter.server.handlers.parameters import client_of, keep_alive_seconds

__all__ = ["VectorsHandler"]

LARGE_BYTES = 2**20
"""Vectors need no keys and values, and their requests take turns. But texts take memory: a request
that has as much of them counts as a sequence, of which a worker is given so many and no more."""


class VectorsHandler(MeteredHandler):
    def begin(self, prefix: str, keep_alive: str | float | None, size_bytes: int) -> Use:
        """Gives the request its id, and says how it uses the model."""
        self._id = self.name_of_request(f"{prefix}-{secrets.token_hex(12)}")
        sequences = (0,) if size_bytes > LARGE_BYTES else ()
        return Use(sequences, client_of(self.request), keep_alive_seconds(keep_alive))

    def compute_etag(self) -> None:
        """Tornado would hash a large answer on Jupyter's loop, and nobody asks for it twice."""

    @property
    def request_id(self) -> str:
        return self._id

    @asynccontextmanager
    async def asked(
        self, model: str, use: Use, request: Embed, handed: list[memoryview]
    ) -> AsyncIterator[Stream]:
        """What the worker answers; whatever ends the block ends the request. The one item of
        `handed`, the JSON of the inputs, is taken from there: it may have 64 MiB, and is not needed
        once it is sent."""
        with (
            self.app.running.answered(self._id),
            self.app.pool.lease(model, use) as lease,
        ):
            await lease.granted()
            self.measured.grant(model)
            self.set_header("x-request-id", self._id)
            self.say_evicted(lease)
            self.say_revision(self.app.pool.checkpoint(model))
            with lease.embed(request, handed.pop()) as stream:
                yield stream
