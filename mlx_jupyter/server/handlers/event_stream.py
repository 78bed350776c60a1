"""Server-sent events on a Tornado handler."""

from __future__ import annotations

from collections.abc import Iterable

from tornado.web import RequestHandler

from mlx_jupyter.pool.events import Event
from mlx_jupyter.wire.sse import DONE, Progress, data, progress

__all__ = ["EventStream"]


class EventStream:
    """The headers go out with the first event: until then an error can have its own status."""

    def __init__(self, handler: RequestHandler, request_id: str) -> None:
        self._handler = handler
        self._request_id = request_id
        self.begun = False

    async def send(self, payloads: Iterable[object]) -> None:
        """Write and flush; waits while the client reads more slowly than we write. What is bytes
        is an event already."""
        events = (one if isinstance(one, bytes) else data(one) for one in payloads)
        await self._write(b"".join(events))

    async def publish(self, events: Iterable[Event]) -> None:
        """With their type and id, so that a browser can listen for some and resume."""
        chunks = [f"id: {e.id}\nevent: {e.type}\n".encode() + data(e) for e in events]
        await self._write(b"".join(chunks))

    async def comment(self, text: str) -> None:
        await self._write(f": {text}\n\n".encode())

    async def heartbeat(self, report: Progress) -> None:
        await self._write(progress(report))

    async def end(self) -> None:
        await self._write(DONE)

    async def _write(self, chunk: bytes) -> None:
        if not chunk:
            return
        if not self.begun:
            self._begin()
        self._handler.write(chunk)
        await self._handler.flush()

    def _begin(self) -> None:
        self.begun = True
        # Else an event waits for the acknowledgement of the one before (Nagle), which the other
        # side holds back for 40 ms on a connection that has been used before.
        self._handler.request.connection.stream.set_nodelay(True)
        self._handler.set_header("Content-Type", "text/event-stream; charset=utf-8")
        self._handler.set_header("Cache-Control", "no-cache")
        # nginx buffers a stream unless told not to; Tornado's `compress_response` gzips text/*.
        self._handler.set_header("X-Accel-Buffering", "no")
        self._handler.set_header("Content-Encoding", "identity")
        self._handler.set_header("x-request-id", self._request_id)
