"""Bodies with images: read piece by piece, and refused by their size before they are collected.

Tornado would collect the whole body first, up to Jupyter's own limit of 512 MB. Here a body that is
too large, or that nobody may send, is read to its end and thrown away: an answer that is sent
before, and the connection closed, would be lost on a client that is still sending.
"""

from __future__ import annotations

from jupyter_server.auth.decorator import allow_unauthenticated

from mlx_jupyter.errors import TooLarge
from mlx_jupyter.server.handlers.base import Handler
from mlx_jupyter.server.handlers.body import Body

__all__ = ["LargeBody"]


class LargeBody(Handler):
    """For handlers that are decorated with Tornado's `stream_request_body`."""

    _body: Body | None = None
    _refused: Exception | None = None

    async def prepare(self) -> None:
        try:
            await super().prepare()
        except Exception as error:
            if self.request.method != "POST":
                raise
            self._refused = error  # said by `post`, once the body has come

    def data_received(self, chunk: bytes) -> None:
        if self._refused is not None:
            return
        if self._body is None:
            announced = self.request.headers.get("Content-Length", "")
            self._body = Body(int(announced) if announced.isdecimal() else None)
        try:
            self._body.add(chunk)
        except TooLarge as error:
            self._refused, self._body = error, None

    @allow_unauthenticated  # `prepare` has looked: what it found is said here
    async def post(self) -> None:
        if self._refused is not None:
            raise self._refused
        await self.answer_body()

    async def answer_body(self) -> None:
        """What to do with a body that may be sent and is here: `take_body` gives it."""
        raise NotImplementedError

    def take_body(self) -> Body:
        """Once: a stream may last for minutes, and need not hold its images for so long."""
        body, self._body = self._body, None
        return body or Body(0)
