"""One worker process and the socket to it, on the server's event loop.

The worker ends by itself when this end of the socket closes; `stop` closes it, waits, and kills
what does not go. A worker that ends without being told to fails its streams with `WorkerDied`,
which quotes the process's last words: a Metal out-of-memory, say, is only ever printed.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import os
import signal
import socket
from asyncio.subprocess import Process
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from mlx_jupyter.errors import InvalidRequest, LoadFailed, MLXJupyterError, WorkerDied, error_of
from mlx_jupyter.messages import (
    Cancel,
    Command,
    Detokenize,
    Detokenized,
    Embed,
    Event,
    Generate,
    Hello,
    LimitPromptCache,
    Load,
    Loaded,
    Picture,
    Piece,
    Ping,
    Pong,
    Reading,
    Report,
    Shed,
    Step,
    Taken,
    Tokenize,
    Tokenized,
    encode,
    event_frames,
)
from mlx_jupyter.messages import LoadFailed as LoadFailedEvent
from mlx_jupyter.pool.ending import words_of
from mlx_jupyter.pool.pace import Pace
from mlx_jupyter.pool.process import spawn
from mlx_jupyter.pool.stream import Item, Stream

__all__ = ["WorkerLink"]

GRACE_SECONDS = 2.0
LAST_WORDS_BYTES = 2000
WRITE_BYTES = 2**20
"""At most as much of what comes with a request is copied at once."""
log = logging.getLogger(__name__)


class WorkerLink(asyncio.Protocol):
    """Made by `start`. `ended` completes with the reason once the process is gone. `reading` is the
    newest, and `on_report` is called after each that comes unasked. `started_at` is on the loop's
    clock; `model` is what it was told to load."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.hello: asyncio.Future[Hello] = loop.create_future()
        self.ended: asyncio.Future[WorkerDied] = loop.create_future()
        self.reading: Reading | None = None
        self.on_report: Callable[[], None] | None = None
        self.started_at = self._heard_at = loop.time()
        self.model: str | None = None
        self.pace = Pace()
        self._loaded: asyncio.Future[Loaded] = loop.create_future()
        self._streams: dict[int, Stream] = {}
        self._replies: dict[int, asyncio.Future[Any]] = {}
        self._ids = itertools.count(1)
        self._buffer = bytearray()
        self._outgoing: deque[bytes | memoryview | Picture | _Slice] = deque()
        self._flushing = self._paused = False
        self._last_words = b""
        self._stopping = False
        self._loading = False
        self._hung: str | None = None
        self._lifeline = -1
        self._transport: asyncio.Transport
        self._process: Process
        self._watch: asyncio.Task[None]

    @classmethod
    async def start(cls, environment: Mapping[str, str]) -> WorkerLink:
        """A new process that imports its libraries now; `hello` completes when it has."""
        ours, theirs = socket.socketpair()
        lifeline, held = os.pipe()
        link = cls()
        link._lifeline = held
        try:
            link._process = await spawn(theirs.fileno(), lifeline, environment)
        except BaseException:
            ours.close()
            link._close_lifeline()
            raise
        finally:
            theirs.close()
            os.close(lifeline)
        loop = asyncio.get_running_loop()
        try:
            link._transport, _ = await loop.create_connection(lambda: link, sock=ours)
        except BaseException:
            ours.close()
            link._close_lifeline()
            await link._process.wait()
            raise
        link._watch = asyncio.create_task(link._until_the_end())
        return link

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self.ended.done()

    async def load(self, command: Load, model: str | None = None) -> Loaded:
        """Raises what the checkpoint or its loader is to blame for, or `WorkerDied`."""
        self.model = model
        self._owe()
        self._loading = True
        self._send(command)
        try:
            await self._unless_it_ends(self._loaded)
        finally:
            self._loading = False
        if self._loaded.done():
            return self._loaded.result()
        raise self.ended.result()

    def generate(self, request: Generate, pictures: Sequence[Picture] = ()) -> Stream:
        """Send the request, its pictures first, under an id of this link's own."""
        number = next(self._ids)
        attached = [replace(picture, id=number) for picture in pictures]
        return self._ask(number, request, attached, request.n)

    def embed(self, request: Embed, inputs: bytes | memoryview) -> Stream:
        """As `generate`; `inputs` is their JSON, which is kept until it is sent."""
        number = next(self._ids)
        places = range(0, len(inputs), WRITE_BYTES)
        slices = [_Slice(number, memoryview(inputs)[at : at + WRITE_BYTES]) for at in places]
        return self._ask(number, request, slices)

    def _ask(
        self,
        number: int,
        request: Generate | Embed,
        attached: Sequence[Picture | _Slice],
        choices: int = 1,
    ) -> Stream:
        stream = Stream(
            choices,
            cancel=lambda: self._cancel(number),
            say_taken=lambda rows: self._send(Taken(number, rows)),
        )
        if not self.alive:
            stream.fail(self.ended.result())
            return stream
        self._put(*attached, _frame(replace(request, id=number)))
        self._owe()
        self._streams[number] = stream
        return stream

    def limit_prompt_cache(self, max_bytes: int) -> None:
        if self.alive:
            self._send(LimitPromptCache(max_bytes))

    def shed(self) -> None:
        """Have the worker give back what it keeps only for speed."""
        if self.alive:
            self._send(Shed())

    def silent_seconds(self, now: float) -> float:
        """For how long it has said nothing although it owes something: a load, or an answer."""
        return now - self._heard_at if self._streams or self._loading else 0.0

    def is_at_work(self) -> None:
        """There is another sign of life than a frame: its memory grows."""
        self._heard_at = asyncio.get_running_loop().time()

    def end_hung(self, reason: str) -> None:
        """End a process that does not answer; `reason` is what its requests are told."""
        self._hung = reason
        self._kill()

    def _owe(self) -> None:
        if not self._streams and not self._loading:
            self._heard_at = asyncio.get_running_loop().time()

    async def ping(self, timeout_seconds: float) -> bool:
        """Does the thread that decodes answer?"""
        return (await self._reply(Ping(next(self._ids)), timeout_seconds)).done()

    async def spell(
        self, question: Tokenize | Detokenize, timeout_seconds: float
    ) -> Tokenized | Detokenized:
        """Raises `InvalidRequest` and its kin, `WorkerDied`, and TimeoutError."""
        number = next(self._ids)
        reply = await self._reply(replace(question, id=number), timeout_seconds)
        if reply.done():
            answer: Tokenized | Detokenized = reply.result()
            return answer
        if not self.alive:
            raise self.ended.result()
        raise TimeoutError

    async def _reply(
        self, question: Ping | Tokenize | Detokenize, timeout_seconds: float
    ) -> asyncio.Future[Any]:
        """Not done after the timeout, or if the process has ended. Who goes away earlier cancels
        the question."""
        frame = _frame(question)
        reply = self._replies[question.id] = asyncio.get_running_loop().create_future()
        if self.alive:
            self._put(frame)
        try:
            await self._unless_it_ends(reply, timeout_seconds)
        finally:
            del self._replies[question.id]
            if not reply.done() and self.alive:
                self._send(Cancel(question.id))
        return reply

    async def stop(self, error: MLXJupyterError | None = None) -> None:
        """End the process; streams that are still open fail with `error`."""
        self._stopping = True
        for stream in self._drop_streams():
            stream.fail(error or WorkerDied("The model was unloaded while it answered."))
        self._transport.close()
        self._close_lifeline()
        # One that still imports cannot listen, and has nothing to put away.
        grace_seconds = GRACE_SECONDS if self.hello.done() else 0.0
        try:
            await asyncio.wait({self.ended}, timeout=grace_seconds)
        finally:
            self._kill()
        await asyncio.shield(self.ended)

    async def _unless_it_ends(
        self, future: asyncio.Future[Any], timeout_seconds: float | None = None
    ) -> None:
        futures: set[asyncio.Future[Any]] = {future, self.ended}
        await asyncio.wait(futures, timeout=timeout_seconds, return_when="FIRST_COMPLETED")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._heard_at = asyncio.get_running_loop().time()
        for event in event_frames(self._buffer):
            self._handle(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """The worker is gone or going; `_until_the_end` waits for the rest."""
        self._outgoing.clear()

    def _handle(self, event: Event) -> None:
        match event:
            case Step():
                self._deliver(event)
            case Pong():
                self.reading = event.reading
                self._answer(event.id, event)
            case Tokenized() | Detokenized():
                self._answer(event.id, event)
            case Report():
                self.reading = event.reading
                if self.on_report is not None:
                    self.on_report()
            case Hello():
                self.hello.set_result(event)
            case Loaded():
                self.reading = event.reading
                self._loaded.set_result(event)
            case LoadFailedEvent():
                error = error_of(event.code, event.message, event.param) if event.code else None
                self._loaded.set_exception(error or LoadFailed(event.message))

    def _deliver(self, step: Step) -> None:
        self.pace.add(sum(delta.tokens for delta in step.deltas), self._heard_at)
        items: tuple[Item, ...] = (
            *step.joined,
            *step.reused,
            *step.prefills,
            *step.deltas,
            *step.vectors,
        )
        for item in items:
            stream = self._streams.get(item.id)
            if stream is not None:
                stream.put(item)
                if stream.done:
                    del self._streams[item.id]
        for failed in step.failed:
            error = error_of(failed.code, failed.message, failed.param)
            self._answer(failed.id, error)
            stream = self._streams.pop(failed.id, None)
            if stream is not None:
                stream.fail(error)

    def _answer(self, number: int, answer: Pong | Tokenized | Detokenized | Exception) -> None:
        reply = self._replies.get(number)
        if reply is None or reply.done():
            return
        if isinstance(answer, Exception):
            reply.set_exception(answer)
        else:
            reply.set_result(answer)

    def _cancel(self, number: int) -> None:
        if self._streams.pop(number, None) is not None and self.alive:
            unsent = (one for one in self._outgoing if getattr(one, "id", None) != number)
            self._outgoing = deque(unsent)
            self._send(Cancel(number))

    def _send(self, command: Command) -> None:
        self._put(encode(command))

    def _put(self, *frames: bytes | Picture | _Slice) -> None:
        """Commands of one turn of the loop go out in one write: the worker then reads together
        what came together, and prefills it together."""
        self._outgoing.extend(frames)
        if not self._flushing:
            self._flushing = True
            asyncio.get_running_loop().call_soon(self._flush)

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._flush()

    def _flush(self) -> None:
        self._flushing = False
        if self._transport.is_closing():
            self._outgoing.clear()
        while self._outgoing and not self._paused:
            self._write_some()

    def _write_some(self) -> None:
        small: list[bytes] = []
        while self._outgoing and isinstance(self._outgoing[0], bytes):
            small.append(self._outgoing.popleft())  # type: ignore[arg-type]
        rest = None if small else self._outgoing.popleft()
        # Encoded no sooner: ten pictures at once would hold up the loop.
        if isinstance(rest, Picture):
            rest = memoryview(encode(rest))
        elif isinstance(rest, _Slice):
            rest = memoryview(encode(Piece(rest.id, bytes(rest.data))))
        if rest is not None and len(rest) > WRITE_BYTES:
            self._outgoing.appendleft(memoryview(rest)[WRITE_BYTES:])
            rest = rest[:WRITE_BYTES]
        self._transport.write(rest if rest is not None else b"".join(small))

    def _drop_streams(self) -> list[Stream]:
        streams = list(self._streams.values())
        self._streams.clear()
        return streams

    async def _until_the_end(self) -> None:
        died = WorkerDied(words_of(self.pid, self.model))
        try:
            await self._read_what_it_prints()
            code = await self._process.wait()
            last = b"" if self._stopping else self._last_words
            died = WorkerDied(words_of(self.pid, self.model, code, last, self._hung))
        finally:
            self._transport.close()
            self._close_lifeline()
            self.ended.set_result(died)
            for stream in self._drop_streams():
                stream.fail(died)

    async def _read_what_it_prints(self) -> None:
        assert self._process.stdout is not None
        while printed := await self._process.stdout.read(4096):
            log.debug("worker %d: %s", self.pid, printed.decode(errors="replace").rstrip())
            self._last_words = (self._last_words + printed)[-LAST_WORDS_BYTES:]

    def _close_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def _kill(self) -> None:
        if self.alive:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                log.debug("worker %d was gone already", self.pid)


@dataclass(frozen=True, slots=True)
class _Slice:
    """A `Piece` that has not been copied yet."""

    id: int
    data: memoryview


def _frame(command: Command) -> bytes:
    """Raises `InvalidRequest` for numbers that msgpack has not."""
    try:
        return encode(command)
    except (OverflowError, ValueError) as error:
        raise InvalidRequest(f"The request cannot be passed on: {error}") from error
