"""An answer while it comes: text pieces and progress reports out of a stream of events."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import httpx

from mlx_jupyter.errors import MLXJupyterError, RequestFailed
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.chunk import Choice, decode_chunk, lines
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import failure, raise_for_status, translated
from mlx_jupyter.wire import sse

__all__ = ["AnswerStream"]

_WARNING_HEADER = "x-mlx-warning"
_REVISION_HEADER = "x-mlx-revision"
_EVICTED_HEADER = "x-mlx-evicted"


class AnswerStream:
    """Iterate over it for the pieces of text, as they come; `answer` fills meanwhile.

    The request is sent by the first step (or by `open`). Leaving the loop, by `break` or an
    exception, closes the connection, and the server stops generating. An error of the server is
    raised as `RequestFailed`; what came before it stays in `answer`.
    """

    def __init__(
        self, endpoint: Endpoint, send: Callable[[], httpx.Response], answer: Answer
    ) -> None:
        self.answer = answer
        self.progress: sse.Progress | None = None
        self._endpoint = endpoint
        self._send = send
        self._response: httpx.Response | None = None
        self._began = time.perf_counter()
        self._closed = False

    def open(self) -> None:
        """Sends the request, once, and waits for the first sign of an answer."""
        if self._response is not None:
            return
        self._began = time.perf_counter()
        with self._marking_errors(), translated(self._endpoint):
            self._response = self._send()
            raise_for_status(self._response)
        self.answer.warnings += _warnings(self._response)
        self.answer.revision = self._response.headers.get(_REVISION_HEADER)
        evicted = self._response.headers.get(_EVICTED_HEADER)
        self.answer.evicted = evicted.split(", ") if evicted else []

    def events(self) -> Iterator[str | sse.Progress]:
        """The pieces of text, and between them reports of what is waited for: also of `thinking`,
        one for each piece that came to the answer's `reasoning`."""
        try:
            self.open()
            with self._marking_errors():
                yield from self._parsed()
        finally:
            self.close()

    def __iter__(self) -> Iterator[str]:
        return (event for event in self.events() if isinstance(event, str))

    def close(self) -> None:
        """Closes the connection; an answer that has not ended by now is an interrupted one."""
        if self._closed:
            return
        self._closed = True
        self.answer.seconds = time.perf_counter() - self._began
        if self.answer.partial and self.answer.finish_reason is None:
            self.answer.finish_reason = "interrupted"
        if self._response is not None:
            self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @contextmanager
    def _marking_errors(self) -> Iterator[None]:
        try:
            yield
        except MLXJupyterError:
            self.answer.finish_reason = "error"
            self.answer.partial = True
            raise

    def _parsed(self) -> Iterator[str | sse.Progress]:
        for event in self._read():
            if isinstance(event, sse.Progress):
                self.progress = event
                self.answer.evicted = event.evicted or self.answer.evicted
                self.answer.revision = event.revision or self.answer.revision
                yield event
            else:
                yield from self._pieces(event)
        if self.answer.partial and not self._closed:
            raise RequestFailed("The server broke the answer off without a reason.", status=502)

    def _pieces(self, payload: str) -> Iterator[str | sse.Progress]:
        thought = len(self.answer.reasoning)
        piece = self._take(payload)
        if len(self.answer.reasoning) > thought:
            yield sse.Progress("thinking")
        if piece:
            yield piece

    def _read(self) -> Iterator[str | sse.Progress]:
        if self._response is None or self._response.is_closed:
            return
        try:
            yield from sse.read(lines(self._response.iter_bytes()))
        except httpx.HTTPError as error:
            what = f"The connection to {self._endpoint.base_url} broke in mid-answer: {error}."
            raise RequestFailed(what, status=502) from error

    def _take(self, payload: str) -> str:
        """Puts one event into the answer; returns its text."""
        chunk = decode_chunk(payload)
        if chunk.error:
            raise failure(chunk.error)
        self.answer.usage = chunk.usage or self.answer.usage
        self.answer.model = chunk.model or self.answer.model
        return "".join(self._add(choice) for choice in chunk.choices if choice.index == 0)

    def _add(self, choice: Choice) -> str:
        piece = (choice.delta.content if choice.delta else choice.text) or ""
        thought = (choice.delta.reasoning_content if choice.delta else None) or ""
        if (piece or thought) and self.answer.seconds_to_first_token is None:
            self.answer.seconds_to_first_token = time.perf_counter() - self._began
            self.answer.first_characters = len(thought) + len(piece)
        self.answer.reasoning += thought
        self.answer.text += piece
        if choice.finish_reason:
            self.answer.finish_reason = choice.finish_reason
            self.answer.partial = False
        return piece


def _warnings(response: httpx.Response) -> list[str]:
    """Several stand in one header, with "; " between them."""
    headers = response.headers.get_list(_WARNING_HEADER)
    found = (text.strip() for header in headers for text in header.split("; "))
    return [text for text in found if text]
