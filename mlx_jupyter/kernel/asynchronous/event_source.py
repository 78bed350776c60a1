"""A stream of events that is no answer of a model, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx

from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.event_source import decoded
from mlx_jupyter.kernel.transport import araise_for_status, translated, unbroken
from mlx_jupyter.wire.sse import Feed

__all__ = ["AsyncEventSource"]

E = TypeVar("E")


class AsyncEventSource(AsyncIterator[E], Generic[E]):
    """Sends `request` at the first step, or at the beginning of an `async with`; its end, or
    `close`, or cancelling the task that reads, closes the connection.

    Raises `RequestFailed` with what the server says, or when the connection breaks in the middle;
    `ServerNotFound` when nothing answers.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        http: httpx.AsyncClient,
        request: httpx.Request,
        decode: Callable[[str], E],
    ) -> None:
        self._endpoint = endpoint
        self._http = http
        self._request = request
        self._response: httpx.Response | None = None
        self._events = self._read(decode)

    async def open(self) -> None:
        """Sends the request, once: what happens from now on will be among the events."""
        if self._response is not None:
            return
        try:
            with translated(self._endpoint):
                self._response = await self._http.send(self._request, stream=True)
                await araise_for_status(self._response)
        except BaseException:
            await self.close()
            raise

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> E:
        return await anext(self._events)

    async def close(self) -> None:
        if self._response is not None:
            await self._response.aclose()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _read(self, decode: Callable[[str], E]) -> AsyncGenerator[E]:
        await self.open()
        assert self._response is not None
        if self._response.is_closed:
            return
        feed = Feed()
        try:
            with unbroken(self._endpoint):
                async for part in self._response.aiter_bytes():
                    for event in decoded(feed.events(part), decode):
                        yield event
                    if feed.ended or self._response.is_closed:
                        return
        finally:
            await self.close()
