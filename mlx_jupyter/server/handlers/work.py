"""A handler whose work ends when its client goes away, or when it is cancelled by its id."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.errors import Cancelled, MLXJupyterError
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.server.handlers.base import Handler
from mlx_jupyter.wire.evicted import EVICTED_HEADER, evicted_value

__all__ = ["WorkHandler"]


class WorkHandler(Handler):
    _id = ""
    """What the request is called, once it is known."""
    _work: asyncio.Task[None] | None = None
    _gone = False

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._gone = True
        if self._work is not None:
            self._work.cancel()

    def name_of_request(self, default: str) -> str:
        """What the client calls its request, in `X-Request-Id`, else `default`. Raises
        `InvalidRequest`, `RequestExists`."""
        name = self.request.headers.get("X-Request-Id")
        if name:
            self.app.running.check(name)
        return name or default

    async def do(self, work: Coroutine[None, None, None], request_id: str | None = None) -> None:
        """Ends quietly when the client has gone. With an id the work can be cancelled by it, and
        then raises `Cancelled`."""
        if self._gone:
            work.close()
            return
        self._work = asyncio.create_task(work)
        try:
            if request_id is None:
                await asyncio.wait({self._work})
            else:
                with self.app.running.listed(request_id, self._work):
                    await asyncio.wait({self._work})
            if not self._work.cancelled():
                self._work.result()
            elif not self._gone:  # cancelled by its id before it could answer by itself
                raise Cancelled(f"Request '{request_id}' was cancelled.")
        finally:
            # Its error knows this frame: the request would live on until a collection of cycles.
            self._work = None

    def set_error_headers(self, error: MLXJupyterError) -> None:
        super().set_error_headers(error)
        if self._id:
            self.set_header("x-request-id", self._id)

    def say_evicted(self, lease: Lease) -> None:
        if lease.evicted:
            self.set_header(EVICTED_HEADER, evicted_value(lease.evicted))

    def say_revision(self, checkpoint: Checkpoint | None) -> None:
        if checkpoint is not None:
            self.set_header("x-mlx-revision", checkpoint.state)
