"""The load generator: sends a trial's requests to a chat route, all at once, and times the answers.

Everything but sending and stamping is done before the first request or after the last answer, since
on a small machine the generator shares its core with the server that it measures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from tests.benchmarks.connection import (
    Connection,
    ConnectionReset,
    Stamped,
    body,
    open_connection,
)
from tests.benchmarks.trial import Answer, Trial, clock, messages

__all__ = ["Load", "LoadFailed", "streamed_answer", "whole_answer"]

TIMEOUT_SECONDS = 300.0
MAX_RESETS = 20
RESET_WAIT_SECONDS = 0.01


class LoadFailed(Exception):
    """A server refused a request, or its answer is not what a chat route answers."""


class Load:
    """Requests for `model` to the routes under `base_url` (which ends in `/v1`)."""

    def __init__(self, base_url: str, model: str, api_key: str | None = None) -> None:
        url = urlsplit(base_url)
        self._host, self._port = url.hostname or "", url.port or 80
        self._path = f"{url.path}/chat/completions"
        self._model = model
        self._api_key = api_key
        self._idle: list[Connection] = []
        self._runner = asyncio.Runner()

    def run(self, trial: Trial) -> list[Answer]:
        places = range(len(trial.prompts))
        burst = self._burst(
            [self._request(trial, place) for place in places],
            [trial.delay(place) for place in places],
        )
        start, exchanges = self._runner.run(burst)
        read = streamed_answer if trial.stream else whole_answer
        return [
            msgspec.structs.replace(read(pieces, start, sent), resets=resets)
            for sent, resets, pieces in exchanges
        ]

    def _request(self, trial: Trial, place: int) -> bytes:
        content: dict[str, object] = {
            "model": self._model,
            "messages": messages(trial.prompts[place]),
            "max_tokens": trial.length(place),
            "temperature": 0,
            "stream": trial.stream,
        }
        if trial.stream:
            content["stream_options"] = {"include_usage": True}
        data = msgspec.json.encode(content)
        lines = [
            f"POST {self._path} HTTP/1.1",
            f"Host: {self._host}:{self._port}",
            "Content-Type: application/json",
            f"Content-Length: {len(data)}",
            *([f"Authorization: Bearer {self._api_key}"] if self._api_key else []),
        ]
        return "\r\n".join([*lines, "", ""]).encode() + data

    async def _burst(
        self, requests: list[bytes], delays: list[float]
    ) -> tuple[float, list[tuple[float, int, Stamped]]]:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            start = clock()
            return start, await asyncio.gather(*map(self._exchange, requests, delays))

    async def _exchange(self, request: bytes, delay_seconds: float) -> tuple[float, int, Stamped]:
        """When it was sent, how often in vain, and the answer. A server with a short listening
        queue resets connections of a burst (`http.server` listens for 5); clients send again."""
        if delay_seconds:
            await asyncio.sleep(delay_seconds)
        sent = clock()
        for resets in range(MAX_RESETS):
            try:
                connection = await self._connection()
                pieces = await connection.exchange(request)
            except ConnectionReset:
                await asyncio.sleep(RESET_WAIT_SECONDS)
            else:
                self._idle.append(connection)
                return sent, resets, pieces
        raise LoadFailed(f"the connection was reset {MAX_RESETS} times")

    async def _connection(self) -> Connection:
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        return await open_connection(self._host, self._port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for connection in self._idle:
            connection.close()
        self._runner.close()


def whole_answer(pieces: Stamped, start: float, sent: float) -> Answer:
    data = _good_body(pieces)
    arrived = data[-1][0]
    usage = msgspec.json.decode(b"".join(piece for _, piece in data))["usage"]
    return _answer(usage, start, sent, arrived, arrived)


def streamed_answer(pieces: Stamped, start: float, sent: float) -> Answer:
    """Counts from the stream's `usage`, times from its first and last event that holds text."""
    usage: dict[str, int] | None = None
    stamps: list[float] = []
    texts: list[str] = []
    for stamp, payload in _events(_good_body(pieces)):
        event: dict[str, Any] = msgspec.json.decode(payload)
        if "error" in event:
            raise LoadFailed(f"an error within the stream: {event['error']}")
        usage = event.get("usage") or usage
        found = [choice["delta"].get("content") for choice in event.get("choices", ())]
        if any(found):
            stamps.append(stamp)
            texts += filter(None, found)
    if usage is None or not stamps:
        raise LoadFailed("a stream without text, or without usage")
    answer = _answer(usage, start, sent, stamps[0], stamps[-1])
    shown = tuple(stamp - start for stamp in stamps)
    return msgspec.structs.replace(answer, text="".join(texts), stamps=shown)


def _good_body(pieces: Stamped) -> Stamped:
    status, data = body(pieces)
    if status != 200:
        raise LoadFailed(f"{status}: {b''.join(piece for _, piece in data)!r}")
    return data


def _events(data: Stamped) -> Iterator[tuple[float, bytes]]:
    """The payload of each `data:` line, with the time at which its last byte came."""
    rest = b""
    for stamp, piece in data:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            payload = line.removeprefix(b"data:").strip()
            if line.startswith(b"data:") and payload != b"[DONE]":
                yield stamp, payload


def _answer(usage: dict[str, int], start: float, sent: float, first: float, last: float) -> Answer:
    return Answer(
        prompt_tokens=usage["prompt_tokens"],
        answer_tokens=usage["completion_tokens"],
        start_seconds=sent - start,
        first_seconds=first - start,
        last_seconds=last - start,
    )
