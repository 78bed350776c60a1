"""What large embedding requests cost Jupyter: how late its loop is, and its memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import psutil
from msgspec import Struct

from tests.benchmarks.embedding_client import Drained, EmbeddingClient, body_of
from tests.benchmarks.embedding_floor import EmbeddingFloor
from tests.benchmarks.embedding_models import MODEL
from tests.benchmarks.embedding_texts import LINES, SHORT, draw_texts
from tests.benchmarks.loop import Lateness, LoopWatch, lateness

__all__ = ["DEMO", "UPLOADED_TIMES", "Large", "LargeAnswer", "Upload"]

DEMO = "demo/embed"
FORMATS = ("float", "base64")
UPLOADED_TIMES = 5
CONTROL_PART = 4
SETTLE_SECONDS, SAMPLE_SECONDS = 3.0, 0.02


class LargeAnswer(Struct, frozen=True):
    drained: Drained
    late: Lateness | None


class Upload(Struct, frozen=True):
    """Bytes are resident ones of Jupyter's process."""

    drained: Drained
    late: Lateness | None
    body_bytes: int
    before_bytes: int
    most_bytes: int
    after_bytes: int


class Large:
    """Requests of `count` short texts, and one to the demo model: `UPLOADED_TIMES` as many, each a
    line of a hundred characters."""

    def __init__(
        self,
        client: EmbeddingClient,
        floor: EmbeddingFloor,
        watch: LoopWatch,
        server: int,
        count: int,
    ) -> None:
        self._client, self._floor, self._watch = client, floor, watch
        self._server = psutil.Process(server)
        self._count = count

    def answers(self, words: Sequence[str]) -> dict[str, LargeAnswer]:
        """By the format of the vectors."""
        texts = draw_texts("large", self._count, words, SHORT)
        return {name: self._answer(body_of(MODEL, texts, name)) for name in FORMATS}

    def control(self, words: Sequence[str]) -> Lateness | None:
        """While our server has nothing to do and a process outside computes: what is late then is
        the machine."""
        texts = draw_texts("large", self._count // CONTROL_PART, words, SHORT)
        self._watch.take()
        self._floor.make(texts)
        return lateness(self._watch.take())

    def upload(self, words: Sequence[str]) -> Upload:
        texts = draw_texts("lines", UPLOADED_TIMES * self._count, words, LINES)
        body = body_of(DEMO, texts)
        before = self._settled_bytes()
        with _Most(self._server) as most:
            made = self._answer(body)
        after = self._settled_bytes()
        return Upload(made.drained, made.late, len(body), before, most.resident_bytes, after)

    def _answer(self, body: bytes) -> LargeAnswer:
        self._watch.take()
        drained = self._client.drain(body)
        return LargeAnswer(drained, lateness(self._watch.take()))

    def _settled_bytes(self) -> int:
        time.sleep(SETTLE_SECONDS)
        return int(self._server.memory_info().rss)


class _Most:
    """The most that a process had resident while the context lasted."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self.resident_bytes = 0

    def _watch(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            self.resident_bytes = max(self.resident_bytes, self._process.memory_info().rss)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
