"""`POST admin/models/load/{id}`: load and pin; with `stream`, its progress as events."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.pool.events import Subscription
from mlx_jupyter.pool.slot import State
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.event_stream import EventStream
from mlx_jupyter.server.handlers.parameters import (
    client_of,
    keep_alive_seconds,
    policy_of,
    truth,
)
from mlx_jupyter.server.handlers.work import WorkHandler
from mlx_jupyter.wire.errors import envelope
from mlx_jupyter.wire.pool import Loaded, LoadRequest
from mlx_jupyter.wire.sse import Progress

__all__ = ["LoadHandler"]

HEARTBEAT_SECONDS = 1.0


class LoadHandler(WorkHandler):
    @authenticated
    @authorized(action="execute", resource=RESOURCE)
    async def post(self, model: str) -> None:
        asked = self.decode(LoadRequest) if self.request.body.strip() else LoadRequest()
        asked.pin = truth("pin", self.get_query_argument("pin", str(asked.pin)))
        stream = self._wants_stream(asked)
        kernel = self.get_query_argument("kernel_id", "") or None
        if kernel is not None and asked.pin:
            await self.app.kernels.check(kernel)
        keep_alive_seconds(asked.keep_alive)  # before anything is done
        policy_of(asked.policy)
        name, _ = await self.app.model(self.app.admit(model))
        self._id = self.name_of_request(f"load-{secrets.token_hex(8)}")
        write = self._stream if stream else self._whole
        await self.do(write(name, kernel, asked), self._id)

    def _wants_stream(self, asked: LoadRequest) -> bool:
        accepted = "text/event-stream" in self.request.headers.get("Accept", "")
        asks = str(asked.stream or accepted)
        return truth("stream", self.get_query_argument("stream", asks))

    async def _whole(self, model: str, kernel: str | None, asked: LoadRequest) -> None:
        self.set_header("x-request-id", self._id)
        with self.app.running.answered(self._id):
            loaded = await self._load(model, kernel, asked)
        self.reply(loaded)

    async def _stream(self, model: str, kernel: str | None, asked: LoadRequest) -> None:
        events = EventStream(self, self._id)
        try:
            try:
                with self.app.running.answered(self._id):
                    await self._write_stream(events, model, kernel, asked)
            except MLXJupyterError as error:
                if not events.begun:
                    raise
                self.log.info("%s: %s", self.request.path, error.message)
                await events.send([envelope(error)])
        except StreamClosedError:
            return
        self.finish(set_content_type="text/event-stream")

    async def _write_stream(
        self, events: EventStream, model: str, kernel: str | None, asked: LoadRequest
    ) -> None:
        load = asyncio.create_task(self._load(model, kernel, asked))
        try:
            async with self._subscribed() as subscription:
                while not load.done():
                    await self._copy(subscription, events, model, load)
                await self._copy(subscription, events, model, load)
        finally:
            load.cancel()
        await events.send([load.result()])
        await events.end()

    @asynccontextmanager
    async def _subscribed(self) -> AsyncIterator[Subscription]:
        subscription = self.app.pool.events.subscribe()
        try:
            yield subscription
        finally:
            subscription.close()

    async def _copy(
        self,
        subscription: Subscription,
        events: EventStream,
        model: str,
        load: asyncio.Task[Loaded],
    ) -> None:
        more = asyncio.create_task(subscription.next(HEARTBEAT_SECONDS))
        try:
            await asyncio.wait({more, load}, return_when=asyncio.FIRST_COMPLETED)
            found = more.result() if more.done() else await subscription.next(0.0)
        finally:
            more.cancel()
        about = [event for event in found if model in (event.model, event.made_room_for)]
        await events.send(about)
        if not found and not load.done():
            loading = self.app.pool.slot(model).state is State.LOADING
            await events.heartbeat(Progress("loading" if loading else "queued", model))

    async def _load(self, model: str, kernel: str | None, asked: LoadRequest) -> Loaded:
        result = await self.app.pool.load(
            model,
            pin=asked.pin,
            kernel=kernel,
            keep_alive=keep_alive_seconds(asked.keep_alive),
            client=client_of(self.request),
            draft=await self.app.draft(asked.draft_model),
            policy=policy_of(asked.policy),
        )
        return Loaded(
            status="already_loaded" if result.already_loaded else "loaded",
            model=model,
            pinned=self.app.pool.slot(model).pinned,
            unloaded_models=list(result.evicted),
            size_bytes=result.size_bytes,
            load_seconds=result.load_seconds,
        )
