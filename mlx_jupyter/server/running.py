"""The requests that run or wait, by id, so that they can be cancelled."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlx_jupyter.errors import Cancelled, InvalidRequest, NotFound, RequestExists

__all__ = ["Running"]

_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


class Running:
    def __init__(self) -> None:
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._cancelled: set[str] = set()

    def check(self, request_id: str) -> None:
        """May a client give its request this id? Raises `InvalidRequest`, `RequestExists`."""
        if not _ID.fullmatch(request_id):
            raise InvalidRequest(
                "X-Request-Id may have up to 128 letters, digits, '.', '_' and '-'.",
                param="X-Request-Id",
            )
        if request_id in self._tasks:
            raise RequestExists(f"A request with the id '{request_id}' is running already.")

    def cancel(self, request_id: str) -> None:
        """Raises `NotFound` for a request that has ended, or never was."""
        task = self._tasks.get(request_id)
        if task is None or task.done():
            raise NotFound(f"No request with the id '{request_id}' is running.", param="id")
        self._cancelled.add(request_id)
        task.cancel()

    @contextmanager
    def listed(self, request_id: str, task: asyncio.Task[None]) -> Iterator[None]:
        """While the block runs, `cancel` ends `task`."""
        self._tasks[request_id] = task
        try:
            yield
        finally:
            del self._tasks[request_id]
            self._cancelled.discard(request_id)

    @contextmanager
    def answered(self, request_id: str) -> Iterator[None]:
        """Inside the task: a cancel by `cancel` comes out as `Cancelled`, which can be told to the
        client; one because the client has gone stays what it is."""
        try:
            yield
        except asyncio.CancelledError:
            if request_id not in self._cancelled:
                raise
            self._cancelled.discard(request_id)
            task = asyncio.current_task()
            assert task is not None
            task.uncancel()
            raise Cancelled(f"Request '{request_id}' was cancelled.") from None
