"""An answer while it comes: text pieces and progress reports out of a stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

import httpx

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.reader import AnswerReader
from mlx_jupyter.kernel.transport import raise_for_status, translated, unbroken
from mlx_jupyter.wire.sse import Progress

__all__ = ["AnswerStream"]


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
        self._reader = AnswerReader(answer)
        self._endpoint = endpoint
        self._send = send
        self._response: httpx.Response | None = None

    @property
    def progress(self) -> Progress | None:
        """The last report of what is waited for."""
        return self._reader.progress

    def open(self) -> None:
        """Sends the request, once, and waits for the first sign of an answer."""
        if self._response is not None:
            return
        self._reader.begin()
        with self._reader.marking_errors(), translated(self._endpoint):
            self._response = self._send()
            raise_for_status(self._response)
        self._reader.open(self._response.headers)

    def events(self) -> Iterator[str | Progress]:
        """The pieces of text, and between them reports of what is waited for: also of `thinking`,
        one for each piece that came to the answer's `reasoning`."""
        try:
            self.open()
            with self._reader.marking_errors():
                yield from self._read()
        finally:
            self.close()

    def __iter__(self) -> Iterator[str]:
        return (event for event in self.events() if isinstance(event, str))

    def close(self) -> None:
        """Closes the connection; an answer that has not ended by now is an interrupted one."""
        self._reader.close()
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

    def _read(self) -> Iterator[str | Progress]:
        if self._response is None or self._response.is_closed:
            return
        with unbroken(self._endpoint):
            for part in self._response.iter_bytes():
                yield from self._reader.events(part)
                if self._reader.ended:
                    break
        self._reader.end()
