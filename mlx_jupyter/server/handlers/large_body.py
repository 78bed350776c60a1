"""Bodies with images: read piece by piece, and refused by their size before they are read.

Tornado would collect the whole body first, up to Jupyter's own limit of 512 MB. Here a body that is
too large, or that nobody may send, is read to its end and thrown away: an answer that is sent
before, and the connection closed, would be lost on a client that is still sending.
"""

from __future__ import annotations

from mlx_jupyter.errors import TooLarge
from mlx_jupyter.server.handlers.base import Handler

__all__ = ["LargeBody"]

MAX_BODY_BYTES = 64 * 2**20
"""Ten photos of 12 megapixels have about 40 MB in base64."""


class LargeBody(Handler):
    """For handlers that are decorated with Tornado's `stream_request_body`."""

    _read: bytearray
    _size = 0
    _refused: Exception | None = None

    def initialize(self) -> None:
        self._read = bytearray()

    async def prepare(self) -> None:
        try:
            await super().prepare()
        except Exception as error:
            if self.request.method != "POST":
                raise
            self._refused = error  # said by `post`, once the body has come

    def data_received(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._refused is None and self._size > MAX_BODY_BYTES:
            self._refused = TooLarge(
                f"The body has more than {MAX_BODY_BYTES // 2**20} MiB. Send fewer or smaller "
                "images."
            )
            self._read.clear()
        elif self._refused is None:
            self._read += chunk

    async def post(self) -> None:
        if self._refused is not None:
            raise self._refused
        body, self._read = self._read, bytearray()
        await self.post_body(body)

    async def post_body(self, body: bytearray) -> None:
        """What to do with a body that may be sent and is here."""
        raise NotImplementedError
