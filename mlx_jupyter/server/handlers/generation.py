"""What chat and completions share: lease, generate, write; whole or as a stream.

A client that goes away cancels the handler's task. The `with` blocks then give back the lease and
tell the worker, whether the request was waiting for the model, in prefill or decoding.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from tornado.iostream import StreamClosedError

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.messages import Generate, Joined, Prefill
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.stream import Item, Stream
from mlx_jupyter.server.exchange import Exchange
from mlx_jupyter.server.handlers.base import Handler
from mlx_jupyter.server.handlers.event_stream import EventStream
from mlx_jupyter.wire.errors import envelope
from mlx_jupyter.wire.sse import Progress

__all__ = ["GenerationHandler"]

HEARTBEAT_SECONDS = 1.0


class GenerationHandler(Handler):
    _work: asyncio.Task[None] | None = None
    _gone = False

    def on_connection_close(self) -> None:
        super().on_connection_close()
        self._gone = True
        if self._work is not None:
            self._work.cancel()

    async def answer(
        self, model: str, requests: Sequence[Generate], exchange: Exchange, *, stream: bool
    ) -> None:
        """Ends quietly when the client has gone."""
        if self._gone:
            return
        write = self._stream if stream else self._whole
        self._work = asyncio.create_task(write(model, requests, exchange))
        await asyncio.wait({self._work})
        if not self._work.cancelled():
            self._work.result()

    async def _whole(self, model: str, requests: Sequence[Generate], exchange: Exchange) -> None:
        with self.app.pool.lease(model) as lease:
            await lease.granted()
            await _collect(lease, requests, exchange)
        self.set_header("x-request-id", exchange.id)
        self.reply(exchange.whole())

    async def _stream(self, model: str, requests: Sequence[Generate], exchange: Exchange) -> None:
        events = EventStream(self, exchange.id)
        try:
            try:
                await self._write_stream(events, model, requests, exchange)
            except MLXJupyterError as error:
                if not events.begun:
                    raise
                self.log.info("%s: %s", self.request.path, error.message)
                await events.send([envelope(error)])
        except StreamClosedError:
            return
        self.finish(set_content_type="text/event-stream")

    async def _write_stream(
        self, events: EventStream, model: str, requests: Sequence[Generate], exchange: Exchange
    ) -> None:
        with self.app.pool.lease(model) as lease:
            started = time.monotonic()
            while not await lease.granted(HEARTBEAT_SECONDS):
                await events.heartbeat(self._waiting(lease, time.monotonic() - started))
            with _all_streams(lease, requests) as streams:
                for place, stream in enumerate(streams):
                    await _copy(stream, place, exchange, events)
        await events.send(exchange.closing())
        await events.end()

    def _waiting(self, lease: Lease, elapsed_seconds: float) -> Progress:
        loading = self.app.pool.slot(lease.model).state is State.LOADING
        stage = "loading" if loading else "queued"
        return Progress(stage, lease.model, round(elapsed_seconds, 1))


async def _collect(lease: Lease, requests: Sequence[Generate], exchange: Exchange) -> None:
    with _all_streams(lease, requests) as streams:
        for place, stream in enumerate(streams):
            while items := await stream.take():
                _chunks(items, place, exchange)


@contextmanager
def _all_streams(lease: Lease, requests: Sequence[Generate]) -> Iterator[list[Stream]]:
    """All of them decode together, and whatever ends the block ends them all."""
    with ExitStack() as stack:
        yield [stack.enter_context(lease.generate(request)) for request in requests]


async def _copy(stream: Stream, place: int, exchange: Exchange, events: EventStream) -> None:
    last: Item | None = None
    while not (stream.done and stream.empty):
        items = await stream.take(HEARTBEAT_SECONDS)
        last = items[-1] if items else last
        await events.send(_chunks(items, place, exchange))
        if not items or (isinstance(last, Prefill) and last.done_tokens < last.total_tokens - 1):
            await events.heartbeat(_progress(last))


def _chunks(items: Sequence[Item], place: int, exchange: Exchange) -> list[object]:
    chunks: list[object] = []
    for item in items:
        if isinstance(item, Joined):
            chunks.extend(exchange.joined(place, item))
        elif not isinstance(item, Prefill):
            chunks.extend(exchange.delta(place, item))
    return chunks


def _progress(last: Item | None) -> Progress:
    if isinstance(last, Prefill):
        return Progress("prefill", done_tokens=last.done_tokens, total_tokens=last.total_tokens)
    return Progress("queued" if last is None or isinstance(last, Joined) else "decoding")
