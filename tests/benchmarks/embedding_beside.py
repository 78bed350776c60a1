"""What others have of a machine on which a large embedding request runs: a chat with another model,
and small requests to the same one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter as clock
from typing import TypeVar

from msgspec import Struct

from tests.benchmarks.embedding_client import EmbeddingClient, body_of
from tests.benchmarks.embedding_floor import EmbeddingFloor
from tests.benchmarks.embedding_models import MODEL
from tests.benchmarks.embedding_texts import MIXED, SHORT, draw_texts

__all__ = ["CHAT", "ChatBeside", "Neighbours", "SmallBeside"]

CHAT = "llama-60m"
ALONE_SECONDS = 10.0
IDLE_REQUESTS, PAUSE_SECONDS = 30, 0.1
Found = TypeVar("Found")


class ChatBeside(Struct, frozen=True):
    """Rates are the chat's tokens per second, seconds those of the embeddings."""

    rate_alone: float
    rate_beside_ours: float
    rate_beside_outside: float
    ours_seconds: float
    outside_seconds: float


class SmallBeside(Struct, frozen=True):
    """Seconds of requests of one text each, and of the large one that they were beside."""

    idle_seconds: list[float]
    busy_seconds: list[float]
    large_seconds: float


class Neighbours:
    """The large request has `count` short texts."""

    def __init__(
        self, client: EmbeddingClient, floor: EmbeddingFloor, words: Sequence[str], count: int
    ) -> None:
        self._client, self._floor, self._words = client, floor, words
        self._large = draw_texts("large", count, words, SHORT)
        self._body = body_of(MODEL, self._large)

    def chat_round(self, number: int) -> ChatBeside:
        end = clock() + ALONE_SECONDS
        alone = self._client.chat_rate(CHAT, lambda: clock() > end)
        outside = self._chat_beside(self._outside) if number % 2 == 0 else None
        ours = self._chat_beside(self._ours)
        outside = outside or self._chat_beside(self._outside)
        return ChatBeside(alone, ours[0], outside[0], ours[1], outside[1])

    def small_round(self, number: int) -> SmallBeside:
        texts = draw_texts(f"small {number}", IDLE_REQUESTS, self._words, MIXED)
        bodies = [body_of(MODEL, [text]) for text in texts]
        idle = [self._client.make(body).seconds for body in bodies]
        busy, large_seconds = _beside(self._ours, lambda done: self._small(bodies, done))
        return SmallBeside(idle, busy, large_seconds)

    def _ours(self) -> float:
        return self._client.drain(self._body).seconds

    def _outside(self) -> float:
        return self._floor.make(self._large).seconds

    def _chat_beside(self, work: Callable[[], float]) -> tuple[float, float]:
        return _beside(work, lambda done: self._client.chat_rate(CHAT, done.is_set))

    def _small(self, bodies: Sequence[bytes], done: threading.Event) -> list[float]:
        """The same texts again and again: each is as often there as the others."""
        seconds: list[float] = []
        while not done.wait(PAUSE_SECONDS):
            seconds.append(self._client.make(bodies[len(seconds) % len(bodies)]).seconds)
        return seconds


def _beside(
    work: Callable[[], float], other: Callable[[threading.Event], Found]
) -> tuple[Found, float]:
    """What `other` finds while `work` is done in a thread; it is told when that has ended."""
    done = threading.Event()
    with ThreadPoolExecutor(1) as thread:
        worked = thread.submit(work)
        worked.add_done_callback(lambda _: done.set())
        return other(done), worked.result()
