"""What chat and completions share: lease, generate, write; whole or as a stream.

A client that goes away, or a cancel by the request's id, cancels the handler's task. The `with`
blocks then give back the lease and tell the worker, whether the request was waiting for the model,
in prefill or decoding.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from tornado.iostream import StreamClosedError

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.errors import MLXJupyterError, ModelNotLoaded
from mlx_jupyter.messages import Delta, Generate, Joined, Picture, Prefill, Reused, Schema
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.stream import Item, Stream
from mlx_jupyter.pool.use import Use
from mlx_jupyter.server.demand import sequences_tokens
from mlx_jupyter.server.exchange import Exchange
from mlx_jupyter.server.handlers.event_stream import EventStream
from mlx_jupyter.server.handlers.metered import MeteredHandler
from mlx_jupyter.server.handlers.parameters import client_of, keep_alive_seconds
from mlx_jupyter.server.images.source import Source
from mlx_jupyter.server.metrics.measured import CLIENT_GONE
from mlx_jupyter.wire.errors import envelope
from mlx_jupyter.wire.generation import GenerationRequest
from mlx_jupyter.wire.sse import Progress

__all__ = ["GenerationHandler"]

HEARTBEAT_SECONDS = 1.0


class GenerationHandler(MeteredHandler):
    _pictures: tuple[Picture, ...] = ()
    _exchange: Exchange | None = None

    async def answer(
        self,
        model: str,
        checkpoint: Checkpoint | None,
        requests: Sequence[Generate],
        exchange: Exchange,
        request: GenerationRequest,
    ) -> None:
        """Ends quietly when the client has gone."""
        longest = checkpoint.context_length if checkpoint else None
        use = Use(
            sequences_tokens(requests, longest, self._pictures),
            client_of(self.request),
            keep_alive_seconds(request.keep_alive),
            draft=await self.app.draft(request.draft_model),
        )
        if request.only_loaded:
            await self._require_room(model, use)
        self._id = self.name_of_request(exchange.id)
        write = self._stream if request.stream else self._whole
        self.measured.ask(model, known=checkpoint is not None)
        self._exchange = exchange
        await self.do(write(model, use, requests, exchange), self._id)

    def on_finish(self) -> None:
        if self._exchange is not None:
            self.measured.spend(self._exchange.usage)
        super().on_finish()

    async def try_schema(self, schema: Schema | None, default_id: str) -> None:
        """Raises `InvalidRequest` for one that no model can be held to."""
        if schema is None:
            return
        request_id = self.name_of_request(default_id)

        async def check() -> None:
            with self.app.running.answered(request_id):
                await self.app.pool.check_schema(schema)

        await self.do(check(), request_id)

    async def take_pictures(self, sources: Sequence[Source], default_id: str) -> None:
        """Fetch and decode them for `answer`; what was done to them is said in a header."""
        if not sources:
            return
        request_id = self.name_of_request(default_id)

        async def take() -> None:
            with self.app.running.answered(request_id):
                taken = await self.app.pictures.take(sources)
            self._pictures = taken.pictures
            if taken.warnings:
                self.set_header("x-mlx-warning", "; ".join(taken.warnings))

        await self.do(take(), request_id)

    async def _require_room(self, model: str, use: Use) -> None:
        """Raises `ModelNotLoaded` where it could only be served by loading, evicting or waiting."""
        pool = self.app.pool
        if pool.slot(model).state is not State.READY:
            raise ModelNotLoaded(f"Model '{model}' is not loaded.", param="model")
        plan = await pool.plan(model, sequences_tokens=use.sequences_tokens, client=use.client)
        if not plan.fits or plan.evict or plan.wait_for:
            raise ModelNotLoaded(f"There is no room for it now: {plan.reason}", param="model")

    async def _whole(
        self, model: str, use: Use, requests: Sequence[Generate], exchange: Exchange
    ) -> None:
        self.set_header("x-request-id", self._id)
        with self.app.running.answered(self._id), self.app.pool.lease(model, use) as lease:
            await lease.granted()
            self.measured.grant(model)
            await self._collect(self._streams(lease, requests), exchange)
        self._say_served(lease)
        self.reply(exchange.whole())

    async def _stream(
        self, model: str, use: Use, requests: Sequence[Generate], exchange: Exchange
    ) -> None:
        events = EventStream(self, self._id)
        try:
            try:
                with self.app.running.answered(self._id):
                    await self._write_stream(events, model, use, requests, exchange)
            except MLXJupyterError as error:
                if not events.begun:
                    raise
                self.log.info("%s: %s", self.request.path, error.message)
                self.measured.end(error.status)
                await events.send([envelope(error)])
        except StreamClosedError:
            self.measured.end(CLIENT_GONE)
            return
        self.finish(set_content_type="text/event-stream")

    async def _write_stream(
        self,
        events: EventStream,
        model: str,
        use: Use,
        requests: Sequence[Generate],
        exchange: Exchange,
    ) -> None:
        with self.app.pool.lease(model, use) as lease:
            started = time.monotonic()
            while not await lease.granted(HEARTBEAT_SECONDS):
                await events.heartbeat(self._waiting(lease, time.monotonic() - started))
            self.measured.grant(model)
            self._say_served(lease)
            if events.begun:  # the headers have gone out already
                await events.heartbeat(self._served(lease))
            with self._streams(lease, requests) as streams:
                for place, stream in enumerate(streams):
                    await self._copy(stream, place, exchange, events)
        await events.send(exchange.closing())
        await events.end()

    def _say_served(self, lease: Lease) -> None:
        self.say_evicted(lease)
        self.say_revision(self.app.pool.checkpoint(lease.model))

    def _served(self, lease: Lease) -> Progress:
        checkpoint = self.app.pool.checkpoint(lease.model)
        revision = checkpoint.state if checkpoint else None
        return Progress("prefill", lease.model, evicted=list(lease.evicted), revision=revision)

    @contextmanager
    def _streams(self, lease: Lease, requests: Sequence[Generate]) -> Iterator[list[Stream]]:
        """All of them decode together, and whatever ends the block ends them all."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(lease.generate(request, self._pictures)) for request in requests
            ]

    async def _collect(
        self, all_streams: AbstractContextManager[list[Stream]], exchange: Exchange
    ) -> None:
        with all_streams as streams:
            for place, stream in enumerate(streams):
                while items := await stream.take():
                    self.measured.read(items)
                    _chunks(items, place, exchange)

    async def _copy(
        self, stream: Stream, place: int, exchange: Exchange, events: EventStream
    ) -> None:
        last: Item | None = None
        while not (stream.done and stream.empty):
            items = await stream.take(HEARTBEAT_SECONDS)
            self.measured.read(items)
            last = items[-1] if items else last
            await events.send(_chunks(items, place, exchange))
            if not items or _is_long_prefill(last):
                await events.heartbeat(_progress(last))

    def _waiting(self, lease: Lease, elapsed_seconds: float) -> Progress:
        pool, elapsed = self.app.pool, round(elapsed_seconds, 1)
        under_way = pool.progress(lease.model)
        if under_way is not None:
            return Progress(
                "download" if under_way.stage == "download" else "loading",
                lease.model,
                elapsed,
                done_bytes=under_way.done_bytes,
                total_bytes=under_way.total_bytes,
                eta_seconds=under_way.eta_seconds,
            )
        loading = pool.slot(lease.model).state is State.LOADING
        wait_for = list(pool.waiting_for(lease))
        return Progress("loading" if loading else "queued", lease.model, elapsed, wait_for=wait_for)


def _chunks(items: Sequence[Item], place: int, exchange: Exchange) -> list[object]:
    chunks: list[object] = []
    for item in items:
        if isinstance(item, Joined):
            chunks.extend(exchange.joined(place, item))
        elif isinstance(item, Reused):
            exchange.reused(item)
        elif isinstance(item, Prefill):
            exchange.prefill(item)
        elif isinstance(item, Delta):
            chunks.extend(exchange.delta(place, item))
    return chunks


def _is_long_prefill(last: Item | None) -> bool:
    return isinstance(last, Prefill) and last.done_tokens < last.total_tokens - 1


def _progress(last: Item | None) -> Progress:
    if isinstance(last, Prefill):
        return Progress("prefill", done_tokens=last.done_tokens, total_tokens=last.total_tokens)
    return Progress("queued" if last is None or isinstance(last, Joined | Reused) else "decoding")
