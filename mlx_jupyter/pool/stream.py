"""What a worker has said to one request and nobody has taken yet."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.messages import Delta, Joined, Prefill, Reused, Vectors

__all__ = ["BACKLOG", "Item", "Stream"]

BACKLOG = 256
"""Items; a server that is busy for a moment still sends an event a token."""
Item = Joined | Reused | Prefill | Delta | Vectors


class Stream:
    """Items in order, for one reader, a delta a token. However slowly it is read the backlog stays
    small: beyond `BACKLOG` items the deltas of one choice are merged, and of prefill reports only
    the newest is kept. Vectors are never merged: the worker is told by `say_taken` how many the
    reader is done with, that is when it comes for more, and computes only a little ahead.

    Leaving the `with` block before the last choice has finished cancels the request in the worker.
    """

    def __init__(
        self,
        choices: int,
        cancel: Callable[[], None],
        say_taken: Callable[[int], None] = lambda rows: None,
    ) -> None:
        self._open_choices = choices
        self._cancel = cancel
        self._say_taken = say_taken
        self._rows_in_hand = 0
        self._items: list[Item] = []
        self._error: MLXJupyterError | None = None
        self._reader: asyncio.Future[None] | None = None

    @property
    def done(self) -> bool:
        """Has the last item been put in?"""
        return self._error is not None or self._open_choices == 0

    @property
    def empty(self) -> bool:
        """Has everything been taken?"""
        return not self._items and self._error is None

    def put(self, item: Item) -> None:
        if _ends(item):
            self._open_choices -= 1
        if not self._merge(item):
            self._items.append(item)
        self._wake()

    def fail(self, error: MLXJupyterError) -> None:
        self._error = error
        self._wake()

    async def take(self, timeout_seconds: float | None = None) -> list[Item]:
        """All items there are, waiting for the first; none after `timeout_seconds` or at the end.

        Raises the stream's error, after the items that came before it have been taken.
        """
        if self._rows_in_hand and not self.done:
            self._say_taken(self._rows_in_hand)
        self._rows_in_hand = 0
        if not self._items and not self.done:
            await self._wait(timeout_seconds)
        items, self._items = self._items, []
        if not items and self._error is not None:
            raise self._error.with_traceback(None)  # several streams may share it
        self._rows_in_hand = sum(item.rows for item in items if isinstance(item, Vectors))
        return items

    def _merge(self, item: Item) -> bool:
        """Put the item into one that waits, if there is a reason to and one that takes it."""
        if len(self._items) < BACKLOG and not isinstance(item, Prefill):
            return False
        for place in reversed(range(len(self._items))):
            merged = _merged(self._items[place], item)
            if merged is not None:
                self._items[place] = merged
                return True
        return False

    async def _wait(self, timeout_seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        self._reader = loop.create_future()
        timer = loop.call_later(timeout_seconds, self._wake) if timeout_seconds else None
        try:
            await self._reader
        finally:
            self._reader = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    def __enter__(self) -> Stream:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.done:
            self._cancel()


def _ends(item: Item) -> bool:
    match item:
        case Delta():
            return item.finish is not None
        case Vectors():
            return item.last
    return False


def _merged(last: Item, item: Item) -> Item | None:
    """One item that says what both say, where there is one."""
    match last, item:
        case Prefill(), Prefill():
            return item
        case Delta(finish=None), Delta() if last.index == item.index:
            return Delta(
                item.id,
                item.index,
                last.text + item.text,
                last.tokens + item.tokens,
                item.finish,
                last.logprobs + item.logprobs,
                last.reasoning + item.reasoning,
                last.reasoning_tokens + item.reasoning_tokens,
                last.accepted_tokens + item.accepted_tokens,
                last.rejected_tokens + item.rejected_tokens,
            )
    return None
