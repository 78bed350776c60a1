"""One kept connection of the load generator: bytes out, stamped bytes in, and nothing else.

An HTTP client library takes 1 to 4 ms to send a request and 0.08 ms for each chunk that arrives
(httpx 0.28, measured); sixteen streams of a small model would be measuring that. So what can be
done before the request is done before, and responses are taken apart, by h11, once complete.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence

import h11

from tests.benchmarks.trial import clock

__all__ = ["Connection", "ConnectionReset", "Stamped", "body", "open_connection"]

Stamped = Sequence[tuple[float, bytes]]
LAST_CHUNK = b"\r\n0\r\n\r\n"
CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class ConnectionReset(Exception):
    """The connection ended before anything was answered; a client sends again."""


class Connection(asyncio.Protocol):
    """One exchange at a time; `open` tells whether there may be another."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._pieces: list[tuple[float, bytes]] = []
        self._end: asyncio.Future[None] | None = None
        self._tail = b""
        self._received_bytes = 0
        self._awaited_bytes: int | None = None

    @property
    def open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes) -> Stamped:
        """The response's raw pieces with the times of their arrival. Raises `ConnectionReset`."""
        assert self._transport is not None
        self._pieces, self._tail, self._received_bytes, self._awaited_bytes = [], b"", 0, None
        self._end = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        await self._end
        return self._pieces

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._pieces.append((clock(), data))
        self._received_bytes += len(data)
        self._tail = (self._tail + data)[-len(LAST_CHUNK) :]
        if self._awaited_bytes is None:
            self._read_length()
        if self._tail == LAST_CHUNK or 0 < (self._awaited_bytes or 0) <= self._received_bytes:
            self._finish()

    def connection_lost(self, error: Exception | None) -> None:
        """The end of the body for servers that know no other, such as `http.server`."""
        if self._end is None or self._end.done():
            return
        if self._pieces:
            self._finish()
        else:
            self._end.set_exception(ConnectionReset())

    def _read_length(self) -> None:
        """How many bytes come in all, once the headers tell; 0 if the end is marked otherwise."""
        head, end, _ = b"".join(piece for _, piece in self._pieces).partition(b"\r\n\r\n")
        if end:
            length = CONTENT_LENGTH.search(head)
            self._awaited_bytes = len(head) + len(end) + int(length[1]) if length else 0

    def _finish(self) -> None:
        if self._end is not None and not self._end.done():
            self._end.set_result(None)


async def open_connection(host: str, port: int) -> Connection:
    """Raises `ConnectionReset` where the server does not take one more."""
    try:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, host, port)
    except OSError as error:
        raise ConnectionReset from error
    return connection


def body(pieces: Stamped) -> tuple[int, list[tuple[float, bytes]]]:
    """Status and body of a complete response; what a piece adds to the body keeps its stamp."""
    parser = h11.Connection(h11.CLIENT)
    parser.send(h11.Request(method="POST", target="/", headers=[("host", "-")]))
    parser.send(h11.EndOfMessage())
    status, data = 0, []
    for stamp, event in _parsed(parser, pieces):
        if isinstance(event, h11.Response):
            status = event.status_code
        elif isinstance(event, h11.Data):
            data.append((stamp, bytes(event.data)))
    return status, data


def _parsed(parser: h11.Connection, pieces: Stamped) -> Iterator[tuple[float, object]]:
    for stamp, piece in [*pieces, (pieces[-1][0], b"")]:
        parser.receive_data(piece)
        while (event := parser.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
            yield stamp, event
            if isinstance(event, h11.EndOfMessage):
                return
