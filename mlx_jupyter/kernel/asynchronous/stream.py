"""An answer while it comes, for asyncio."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self

import httpx

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.reader import AnswerReader
from mlx_jupyter.kernel.transport import araise_for_status, translated, unbroken
from mlx_jupyter.wire.sse import Progress

__all__ = ["AsyncAnswerStream"]


class AsyncAnswerStream:
    """As `AnswerStream`: iterate over it for the pieces of text; `answer` fills meanwhile.

        async for piece in pool.chat("What is MLX?", stream=True): ...

    The request is sent by the first step, or by `await stream`, which gives the stream itself once
    the server has said yes. Cancelling the task that reads closes the connection, and the server
    stops generating. Leaving the loop by `break` does it too, at the event loop's next turn; at
    the end of an `async with` it is done:

        async with pool.chat("Count to ten.", stream=True) as stream:
            async for piece in stream:
                if "3" in piece:
                    break
        print(stream.answer.text, stream.answer.finish_reason)
    """

    def __init__(
        self, endpoint: Endpoint, send: Callable[[], Awaitable[httpx.Response]], answer: Answer
    ) -> None:
        self.answer = answer
        self._reader = AnswerReader(answer)
        self._endpoint = endpoint
        self._send = send
        self._response: httpx.Response | None = None

    @property
    def progress(self) -> Progress | None:
        """The last report of what is waited for."""
        return self._reader.progress

    @property
    def headers(self) -> httpx.Headers:
        """The response's, once there is one: `x-request-id` is what `AsyncPool.cancel` takes."""
        return httpx.Headers() if self._response is None else self._response.headers

    @property
    def retry_after_seconds(self) -> float | None:
        """When to ask again, if a refusal says so."""
        header = self.headers.get("retry-after", "")
        return float(header) if header.isdigit() else None

    async def open(self) -> None:
        """Sends the request, once, and waits for the first sign of an answer."""
        if self._response is not None:
            return
        self._reader.begin()
        try:
            with self._reader.marking_errors(), translated(self._endpoint):
                self._response = await self._send()
                await araise_for_status(self._response)
        except BaseException:
            await self.close()
            raise
        self._reader.open(self._response.headers)

    async def events(self) -> AsyncGenerator[str | Progress]:
        """The pieces of text, and between them reports of what is waited for: also of `thinking`,
        one for each piece that came to the answer's `reasoning`."""
        try:
            await self.open()
            with self._reader.marking_errors():
                async for event in self._read():
                    yield event
        finally:
            await self.close()

    async def __aiter__(self) -> AsyncIterator[str]:
        async with aclosing(self.events()) as events:
            async for event in events:
                if isinstance(event, str):
                    yield event

    async def read(self) -> Answer:
        """The answer, when it is whole."""
        async with aclosing(self.events()) as events:
            async for _ in events:
                pass
        return self.answer

    async def close(self) -> None:
        """Closes the connection; an answer that has not ended by now is an interrupted one."""
        self._reader.close()
        if self._response is not None:
            await self._response.aclose()

    def __await__(self) -> Generator[Any, Any, Self]:
        return self._opened().__await__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def _opened(self) -> Self:
        await self.open()
        return self

    async def _read(self) -> AsyncGenerator[str | Progress]:
        if self._response is None or self._response.is_closed:
            return
        with unbroken(self._endpoint):
            async for part in self._response.aiter_bytes():
                for event in self._reader.events(part):
                    yield event
                if self._reader.ended:
                    break
        self._reader.end()
