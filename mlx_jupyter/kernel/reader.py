"""Fills an `Answer` out of what the server sends. Sends and waits for nothing itself: streams of
both kinds, `AnswerStream` and `AsyncAnswerStream`, feed one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from mlx_jupyter.errors import MLXJupyterError, RequestFailed
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.chunk import Choice, decode_chunk
from mlx_jupyter.kernel.transport import failure
from mlx_jupyter.wire.evicted import EVICTED_HEADER, evicted_ids
from mlx_jupyter.wire.sse import Feed, Progress

__all__ = ["AnswerReader"]

_WARNING_HEADER = "x-mlx-warning"
_REVISION_HEADER = "x-mlx-revision"


class AnswerReader:
    """`begin`, `open` with the headers, `events` of each part of the body, `end`; then `close`,
    whatever came before. `progress` is the last report of what is waited for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.progress: Progress | None = None
        self._feed = Feed()
        self._began = time.perf_counter()
        self._closed = False

    @property
    def ended(self) -> bool:
        """Whether the server has said that it sends no more."""
        return self._feed.ended

    def begin(self) -> None:
        """The request goes out now."""
        self._began = time.perf_counter()

    def open(self, headers: httpx.Headers) -> None:
        self.answer.warnings += _warnings(headers)
        self.answer.revision = headers.get(_REVISION_HEADER)
        self.answer.evicted = evicted_ids(headers.get(EVICTED_HEADER))

    def events(self, part: bytes) -> Iterator[str | Progress]:
        """The pieces of text and the reports in a part of the body. Raises `RequestFailed` for an
        error among them."""
        for event in self._feed.events(part):
            if isinstance(event, Progress):
                yield self._report(event)
            else:
                yield from self._pieces(event)

    def end(self) -> None:
        """Raises `RequestFailed` if the body ended before the answer did."""
        if self.answer.partial and not self._closed:
            raise RequestFailed("The server broke the answer off without a reason.", status=502)

    def close(self) -> None:
        """An answer that has not ended by now is an interrupted one."""
        if self._closed:
            return
        self._closed = True
        self.answer.seconds = time.perf_counter() - self._began
        if self.answer.partial and self.answer.finish_reason is None:
            self.answer.finish_reason = "interrupted"

    @contextmanager
    def marking_errors(self) -> Iterator[None]:
        try:
            yield
        except MLXJupyterError:
            self.answer.finish_reason = "error"
            self.answer.partial = True
            raise

    def _report(self, report: Progress) -> Progress:
        self.progress = report
        self.answer.evicted = report.evicted or self.answer.evicted
        self.answer.revision = report.revision or self.answer.revision
        return report

    def _pieces(self, payload: str) -> Iterator[str | Progress]:
        thought = len(self.answer.reasoning)
        piece = self._take(payload)
        if len(self.answer.reasoning) > thought:
            yield Progress("thinking")
        if piece:
            yield piece

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


def _warnings(headers: httpx.Headers) -> list[str]:
    """Several stand in one header, with "; " between them."""
    found = (text.strip() for one in headers.get_list(_WARNING_HEADER) for text in one.split("; "))
    return [text for text in found if text]
