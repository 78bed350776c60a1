"""An answer while it comes, in asyncio: so many may come at once, and one word stops them all."""

from __future__ import annotations

import time
from typing import Any

import httpx

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.request import encode
from mlx_jupyter.kernel.stream import AnswerStream
from mlx_jupyter.kernel.transport import translated
from mlx_jupyter.wire import sse

__all__ = ["AsyncAnswerStream"]


class AsyncAnswerStream(AnswerStream):
    """`await read()` fills `answer`, and `progress` meanwhile; cancelling it closes the connection,
    and the server stops generating. `retry_after_seconds` is what a refusal may name."""

    def __init__(self, endpoint: Endpoint, http: httpx.AsyncClient, body: dict[str, Any]) -> None:
        super().__init__(endpoint, self._received, Answer(model=body.get("model")))
        self.answer.seed = body["seed"]
        self.retry_after_seconds: float | None = None
        self._http = http
        self._begun: httpx.Response | None = None
        self._request = http.build_request(
            "POST",
            f"{endpoint.base_url}/chat/completions",
            content=encode(body),
            headers={"Content-Type": "application/json"},
        )

    async def read(self) -> Answer:
        """Raises as `AnswerStream` does."""
        began = time.perf_counter()
        try:
            with self._marking_errors():
                with translated(self._endpoint):
                    response = self._begun = await self._http.send(self._request, stream=True)
                if not response.is_success:
                    self.retry_after_seconds = _seconds(response.headers.get("retry-after"))
                    await response.aread()
                self.open()
                self._began = began
                await self._follow(response)
        finally:
            # Closing what is asynchronous is not for `close`.
            self._response = None
            self.close()
            if self._begun is not None:
                await self._begun.aclose()
        return self.answer

    def _received(self) -> httpx.Response:
        assert self._begun is not None
        return self._begun

    async def _follow(self, response: httpx.Response) -> None:
        try:
            rest = b""
            async for chunk in response.aiter_bytes():
                # Not aiter_lines, see `chunk.lines`.
                *whole, rest = (rest + chunk).split(b"\n")
                self._note([line.rstrip(b"\r").decode() for line in whole])
        except httpx.HTTPError as error:
            what = f"The connection to {self._endpoint.base_url} broke in mid-answer: {error}."
            raise RequestFailed(what, status=502) from error
        if self.answer.partial:
            raise RequestFailed("The server broke the answer off without a reason.", status=502)

    def _note(self, lines: list[str]) -> None:
        for event in sse.read(lines):
            if isinstance(event, sse.Progress):
                self.progress = event
                self.answer.evicted = event.evicted or self.answer.evicted
            else:
                self._take(event)


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.isdigit() else None
