"""Requests that run together, in a thread of their own.

A bounded number is on its way at any time; the server decodes those of one model together. It
queues, and refuses (429) only what is beyond its queue: then the request is made again after the
time that the server names. A worker that died is started by the next request: one more is made.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self

import httpx

from mlx_jupyter.errors import MLXJupyterError, QueueTimeout, RequestFailed, WorkerDied
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.asynchronous.stream import AsyncAnswerStream
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.mapping.job import Job
from mlx_jupyter.kernel.mapping.run import Run
from mlx_jupyter.kernel.mapping.verdict import Verdict
from mlx_jupyter.kernel.request import answer_request
from mlx_jupyter.kernel.transport import async_http_client

__all__ = ["AT_ONCE", "Batch"]

AT_ONCE = 8
"""Half of what one model decodes together by default, and far below what the server queues."""
_TRIES_WHEN_FULL = 20
_TRIES_WHEN_BROKEN = 2
_RETRY_SECONDS = 1.0
_CLOSING_SECONDS = 2.0


class Batch:
    """Begins when it is made; `close`, or the end of a `with`, stops what is on its way, here and
    on the server. `runs` fill meanwhile, in the order of `jobs`. Unless `to_the_end`, what fails
    for all alike stops all: then that is the `error`."""

    def __init__(
        self,
        endpoint: Endpoint,
        jobs: Sequence[Job],
        seed: int,
        at_once: int = AT_ONCE,
        *,
        to_the_end: bool = False,
    ) -> None:
        self.runs = [Run(job) for job in jobs]
        self.error: MLXJupyterError | None = None
        self._endpoint = endpoint
        self._seed = seed
        self._at_once = at_once
        self._to_the_end = to_the_end
        self._verdict = Verdict(at_once)
        self._ended = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._follow, name="mlx-batch", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether all has ended by then; ■ ends the waiting."""
        return self._ended.wait(seconds)

    def close(self) -> None:
        with suppress(RuntimeError):  # of a loop that has ended by itself
            self._loop.call_soon_threadsafe(self._cancel)
        self._thread.join(_CLOSING_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _cancel(self) -> None:
        for task in asyncio.all_tasks(self._loop):
            task.cancel()

    def _follow(self) -> None:
        try:
            # By `close`, what runs is cancelled.
            with (
                asyncio.Runner(loop_factory=lambda: self._loop) as runner,
                suppress(asyncio.CancelledError),
            ):
                runner.run(self._all())
        finally:
            self._ended.set()

    async def _all(self) -> None:
        waiting = iter(self.runs)
        async with async_http_client(self._endpoint) as http, asyncio.TaskGroup() as group:
            tasks: list[asyncio.Task[None]] = []
            for _ in range(min(self._at_once, len(self.runs))):
                tasks.append(group.create_task(self._some(http, waiting, tasks)))

    async def _some(
        self, http: httpx.AsyncClient, waiting: Iterator[Run], tasks: list[asyncio.Task[None]]
    ) -> None:
        """Takes one after the other, as the other tasks do, until all are taken."""
        for run in waiting:
            await self._one(http, run)
            error = self._verdict.after(run.error)
            if error and not self._to_the_end:
                self.error = self.error or error
                for task in tasks:
                    task.cancel()

    async def _one(self, http: httpx.AsyncClient, run: Run) -> None:
        tries = 0
        while not run.ended:
            tries += 1
            body = {"seed": self._seed} | run.job.body
            stream = run.stream = self._asked(http, body)
            stream.answer.images = run.job.previews
            try:
                await stream.read()
            except MLXJupyterError as error:
                if not _may_pass(error, tries):
                    run.error, run.ended = error, True
                    return
                await asyncio.sleep(stream.retry_after_seconds or _RETRY_SECONDS)
            else:
                run.ended = True

    def _asked(self, http: httpx.AsyncClient, body: dict[str, Any]) -> AsyncAnswerStream:
        request = answer_request(http, self._endpoint, "chat/completions", body)
        answer = Answer(model=body.get("model"), seed=body["seed"])
        return AsyncAnswerStream(self._endpoint, lambda: http.send(request, stream=True), answer)


def _may_pass(error: MLXJupyterError, tries: int) -> bool:
    """Whether to try once more."""
    if not isinstance(error, RequestFailed):
        return False
    if error.error_code == QueueTimeout.code:
        return False  # it has waited long enough
    if error.http_status == HTTPStatus.TOO_MANY_REQUESTS:
        return tries < _TRIES_WHEN_FULL
    return error.error_code == WorkerDied.code and tries < _TRIES_WHEN_BROKEN
