"""Workers that have read a model's tokenizer and no weights, for questions about its tokens.

They are made when one asks about a model that is not loaded, and kept for a moment, because one
question is seldom the only one. They hold no seat and are booked nowhere: an idle one lives on what
the budget has left over, as a spare does, and there are never more than `MOST`.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress

from msgspec.structs import replace

from mlx_jupyter.errors import MLXJupyterError, PoolClosed, QueueFull, WorkerDied
from mlx_jupyter.messages import Detokenize, Detokenized, Load, Tokenize, Tokenized
from mlx_jupyter.pool.host import rss_bytes
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Tokenizers", "is_short"]

MOST = 2
KEEP_SECONDS = 10.0
ANSWER_SECONDS = 60.0
"""To start a process, read the tokenizer and use it: a few seconds at most, on a slow disk."""
ASIDE_CHARACTERS = ASIDE_TOKENS = 50_000
"""What takes a tokenizer 0.1 s (measured); for so long who is being answered has to wait."""

Key = tuple[Load, str]


class Tokenizers:
    """`start` gives a worker that has loaded nothing; at most `max_waiting` questions wait for
    others to be answered. The times are for tests."""

    def __init__(
        self,
        start: Callable[[], Awaitable[WorkerLink]],
        max_waiting: int,
        keep_seconds: float = KEEP_SECONDS,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self._start = start
        self._max_waiting = max_waiting
        self._keep_seconds = keep_seconds
        self._answer_seconds = answer_seconds
        self._places = asyncio.Semaphore(MOST)
        self._asked = 0
        self._closed = False
        self._busy: set[WorkerLink] = set()
        self._idle: OrderedDict[Key, WorkerLink] = OrderedDict()
        self._timers: dict[Key, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @property
    def links(self) -> list[WorkerLink]:
        """Those that live."""
        return [link for link in (*self._busy, *self._idle.values()) if link.alive]

    @property
    def used_bytes(self) -> int:
        return sum(rss_bytes(link.pid) or 0 for link in self.links)

    async def ask(
        self, model: str, state: str, load: Load, question: Tokenize | Detokenize
    ) -> Tokenized | Detokenized:
        """`state` is that of the checkpoint's files, which `load` names.

        Whoever goes away before the answer ends the process. Raises what the tokenizer has to say,
        `QueueFull`, and `WorkerDied`, also where no answer comes.
        """
        if self._asked >= MOST + self._max_waiting:
            raise QueueFull(
                f"{self._asked} questions about tokens wait already. Try again later.",
                param="model",
            )
        self._asked += 1
        try:
            async with self._places:
                return await self._answer(
                    model, (replace(load, tokenizer_only=True), state), question
                )
        except TimeoutError:
            raise WorkerDied(
                f"The tokenizer of {model} did not answer within {self._answer_seconds:.0f} s, and "
                "its process was ended. Try again, with less text."
            ) from None
        finally:
            self._asked -= 1

    async def _answer(
        self, model: str, key: Key, question: Tokenize | Detokenize
    ) -> Tokenized | Detokenized:
        if self._closed:
            raise PoolClosed("The server is shutting down.")
        if (kept := self._take(key)) is not None:
            with suppress(WorkerDied):  # of itself, while nobody looked
                return await self._use(kept, key, question)
        return await self._use(await self._start(), key, question, new_for=model)

    async def _use(
        self, link: WorkerLink, key: Key, question: Tokenize | Detokenize, new_for: str = ""
    ) -> Tokenized | Detokenized:
        """Raises TimeoutError too. Only a worker that has answered is kept."""
        self._busy.add(link)
        answered = False
        try:
            async with asyncio.timeout(self._answer_seconds):
                if new_for:
                    await link.load(key[0], new_for)
                try:
                    answer = await link.spell(question, self._answer_seconds)
                except MLXJupyterError:
                    answered = link.alive
                    raise
            answered = True
            return answer
        finally:
            self._busy.discard(link)
            if answered and not self._closed:
                self._keep(key, link)
            else:
                self._end(link)

    def _take(self, key: Key) -> WorkerLink | None:
        """One that is kept for this; else there is place for another."""
        link = self._idle.get(key)
        if link is not None:
            self._forget(key)
            if link.alive:
                return link
        while self._idle and len(self._idle) + len(self._busy) >= MOST:
            self._drop(next(iter(self._idle)))
        return None

    def _keep(self, key: Key, link: WorkerLink) -> None:
        if key in self._idle:
            self._drop(key)
        self._idle[key] = link
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(self._keep_seconds, self._drop, key)

    def _forget(self, key: Key) -> WorkerLink:
        self._timers.pop(key).cancel()
        return self._idle.pop(key)

    def _drop(self, key: Key) -> None:
        self._end(self._forget(key))

    def _end(self, link: WorkerLink) -> None:
        leaving = asyncio.create_task(link.stop())
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    def fit(self, free_bytes: int) -> None:
        """End idle ones, the oldest first, that have no room any more."""
        while self._idle and self.used_bytes > free_bytes:
            self._drop(next(iter(self._idle)))

    def shed(self) -> None:
        for key in list(self._idle):
            self._drop(key)

    async def stop(self) -> None:
        self._closed = True
        self.shed()
        for link in list(self._busy):
            self._end(link)
        if self._leaving:
            await asyncio.wait(set(self._leaving))


def is_short(question: Tokenize | Detokenize) -> bool:
    """May a worker be asked that answers others?"""
    if isinstance(question, Detokenize):
        return len(question.tokens) <= ASIDE_TOKENS
    texts = [question.prompt, *(one.get("content") for one in question.messages or ())]
    return sum(len(text) for text in texts if isinstance(text, str)) <= ASIDE_CHARACTERS
