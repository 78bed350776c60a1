"""One connection to a server's events, and the looks at its status that they are a reason for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

import httpx

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.event_source import decoded, pool_event
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.panel.log import KEPT, is_told
from mlx_jupyter.kernel.panel.state import PoolView, pool_view
from mlx_jupyter.kernel.transport import (
    T,
    araise_for_status,
    async_http_client,
    decode,
    translated,
)
from mlx_jupyter.wire.pool import AdminStatus, PoolEvent, PoolStatus
from mlx_jupyter.wire.sse import Feed

__all__ = ["Follower", "within"]

_BETWEEN_LOOKS_SECONDS = 0.5
_MOVING_SECONDS, _IDLE_SECONDS = 1.0, 15.0
_SILENCE_SECONDS = 40.0
"""The server says something every fifteen; one that does not is gone without a word."""


class Follower:
    """Use it as an `async with` block. Raises `ServerNotFound` and `RequestFailed`.

    `woken` is set when it is time to look, `ended` when nobody listens any more.
    """

    def __init__(self, endpoint: Endpoint, woken: asyncio.Event, ended: asyncio.Event) -> None:
        self._endpoint = endpoint
        self._woken, self._ended = woken, ended
        self._told: deque[PoolEvent] = deque(maxlen=KEPT)
        self._moving = False
        self._http = async_http_client(endpoint)
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        self._reader = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._reader.cancel()
        await asyncio.wait({self._reader})
        await self._http.aclose()

    async def look(self) -> PoolView:
        self._woken.clear()
        if self._reader.done():
            self._reader.result()
            raise RequestFailed("The server has ended its stream of events.", status=502)
        status = await self._get(f"{self._endpoint.base_url}/models/status", PoolStatus)
        admin = await self._get(f"{self._endpoint.admin_url}/models/status", AdminStatus)
        view = pool_view(status, admin, self._told, kernel_id(), time.time())
        self._moving = view.is_moving
        return view

    async def until_it_matters(self) -> None:
        """Until another look may show something else, half a second at least."""
        await within(_BETWEEN_LOOKS_SECONDS, self._ended)
        await within(_MOVING_SECONDS if self._moving else _IDLE_SECONDS, self._woken)

    async def _get(self, url: str, kind: type[T]) -> T:
        with translated(self._endpoint):
            return decode(await self._http.get(url), kind)

    async def _read(self) -> None:
        """Keeps what the log tells, from the first event that the server still knows."""
        try:
            with translated(self._endpoint):
                await self._read_events()
        finally:
            self._woken.set()

    async def _read_events(self) -> None:
        url, timeout = f"{self._endpoint.admin_url}/events", httpx.Timeout(_SILENCE_SECONDS)
        async with self._http.stream("GET", url, params={"after": 0}, timeout=timeout) as response:
            await araise_for_status(response)
            feed = Feed()
            async for part in response.aiter_bytes():
                for event in decoded(feed.events(part), pool_event):
                    self._told.extend([event] if is_told(event) else [])
                    self._woken.set()


async def within(seconds: float, event: asyncio.Event) -> None:
    """Waits for `event`, but not for longer."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
