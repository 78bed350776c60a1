"""Events on a real connection."""

from __future__ import annotations

import socket

import httpx
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from mlx_jupyter.server.handlers.event_stream import EventStream


class Telling(RequestHandler):
    """Tells whether its connection holds back what is small."""

    async def get(self) -> None:
        events = EventStream(self, "1")
        await events.comment("here")
        connection = self.request.connection.stream.socket
        await events.send([connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0])
        await events.end()


async def test_an_event_does_not_wait_until_the_one_before_has_been_acknowledged() -> None:
    (listening,) = bind_sockets(0, "127.0.0.1")
    server = HTTPServer(Application([("/", Telling)]))
    server.add_socket(listening)
    try:
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{listening.getsockname()[1]}/")
        assert "data: true" in answer.text
    finally:
        server.stop()
