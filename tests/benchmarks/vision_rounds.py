"""What is measured about vision, a class for each question; each round is measured on its own."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from time import perf_counter as clock

import msgspec
import psutil
from msgspec import Struct

from mlx_jupyter.server.images.decode import decode
from tests.benchmarks.child import Child
from tests.benchmarks.cost import Parts, await_rest, spent
from tests.benchmarks.jupyter import Jupyter
from tests.benchmarks.loop import Lateness, LoopWatch, lateness
from tests.benchmarks.vision_client import VisionClient, body_of
from tests.benchmarks.vision_look import Look, Seen
from tests.benchmarks.vision_pictures import bomb, drawing, marked, photo, small

__all__ = ["FirstToken", "FirstTokens", "ManyPhotos", "Photos", "Refusals", "Refused"]

DEMO = "demo/vision"
QUESTION, SECOND_QUESTION = "What is in the picture?", "And which colour is it?"
ANSWER_TOKENS = 4
SIDE, LARGE = 1024, (4000, 3000)
PHOTOS = 10
SERVERS_SIDE, SERVERS_DECODERS = 2048, 2
"""`max_image_side` and the decoding threads of our server: what the control does, too."""
REFUSED_REQUESTS, REFUSED_IMAGES, REFUSED_SIDE = 16, 50, 360
SETTLE_SECONDS, SPARE_SECONDS = 3.0, 30.0


class FirstToken(Struct, frozen=True):
    """CPU seconds are those of all processes, for the whole of the first answer."""

    direct: Seen
    ours: Seen
    again: Seen
    direct_cpu_seconds: float
    cpu_seconds: float
    late: Lateness | None


class FirstTokens:
    """A new picture of 1024 x 1024 by the direct call and by ours, the order in turns, and then a
    second question of ours about the same picture."""

    def __init__(
        self, client: VisionClient, watch: LoopWatch, floor: Child, jupyter: Jupyter, model: str
    ) -> None:
        self._client, self._watch, self._floor, self._model = client, watch, floor, model
        self._parts: Parts = jupyter.parts
        self._floors_parts: Parts = lambda: {"direct": [floor.pid]}
        self._seeds = count(int.from_bytes(os.urandom(4)))
        self._read()

    def warm_up(self, folder: Path) -> None:
        """Loads the model, and waits until a spare worker is there again."""
        self.round(folder, 0)
        await_rest([self._parts], SPARE_SECONDS)

    def round(self, folder: Path, number: int) -> FirstToken:
        file = photo(next(self._seeds), (SIDE, SIDE))
        path = folder / "new.jpeg"
        path.write_bytes(file)
        first, second = (
            body_of(self._model, question, [file], ANSWER_TOKENS)
            for question in (QUESTION, SECOND_QUESTION)
        )
        look = Look(str(path), QUESTION, ANSWER_TOKENS)
        direct = self._direct(look) if number % 2 == 0 else None
        self._watch.take()
        before = spent(self._parts)
        ours = self._client.ask(first)
        cpu_seconds = _grown(before, spent(self._parts))
        again = self._client.ask(second)
        late = lateness(self._watch.take())
        direct = direct or self._direct(look)
        return FirstToken(direct[0], ours, again, direct[1], cpu_seconds, late)

    def _direct(self, look: Look) -> tuple[Seen, float]:
        before = spent(self._floors_parts)
        self._floor.stdin.write(msgspec.json.encode(look) + b"\n")
        self._floor.stdin.flush()
        seen = msgspec.json.decode(self._read(), type=Seen)
        return seen, _grown(before, spent(self._floors_parts))

    def _read(self) -> bytes:
        line = self._floor.stdout.readline()
        if not line:
            raise self._floor.failed("direct said nothing")
        return line


def _grown(before: Mapping[str, float], after: Mapping[str, float]) -> float:
    return sum(after.values()) - sum(before.values())


class ManyPhotos(Struct, frozen=True):
    """`control` is how late the loop was while it had nothing to do and this process decoded the
    same files in as many threads: that lateness is the machine's own."""

    status: int
    wall_seconds: float
    late: Lateness | None
    control: Lateness | None


class Photos:
    """Ten files of 12 megapixels in one request, in new files each time."""

    def __init__(self, client: VisionClient, watch: LoopWatch) -> None:
        self._client, self._watch = client, watch
        self._marks = count(1)
        self.photos = [photo(seed, LARGE) for seed in range(PHOTOS)]
        self.drawings = [drawing(seed, LARGE) for seed in range(PHOTOS)]

    def warm_up(self) -> None:
        self._client.status(body_of(DEMO, QUESTION, [small(0, 64)], 1))

    def round(self, files: Sequence[bytes]) -> ManyPhotos:
        mark = next(self._marks)
        body = body_of(DEMO, QUESTION, [marked(file, mark) for file in files], ANSWER_TOKENS)
        self._watch.take()
        self._decode(files)
        control = lateness(self._watch.take())
        start = clock()
        status = self._client.status(body)
        wall_seconds = clock() - start
        return ManyPhotos(status, wall_seconds, lateness(self._watch.take()), control)

    def _decode(self, files: Sequence[bytes]) -> None:
        with ThreadPoolExecutor(SERVERS_DECODERS) as threads:
            for _ in threads.map(lambda file: decode(file, SERVERS_SIDE), files):
                pass


class Refused(Struct, frozen=True):
    """Bytes are those of Jupyter's process, at most while the requests ran and some time after."""

    many: list[int]
    bomb: int
    before_bytes: int
    after_many_bytes: int
    after_bomb_bytes: int
    late: Lateness | None


class Refusals:
    """Requests of 50 images, sixteen at once, and a picture that is a bomb."""

    def __init__(self, client: VisionClient, watch: LoopWatch, server: int) -> None:
        self._client, self._watch, self._server = client, watch, psutil.Process(server)
        images = [small(seed, REFUSED_SIDE) for seed in range(REFUSED_IMAGES)]
        self._many = body_of(DEMO, QUESTION, images, 1)
        self._bomb = body_of(DEMO, QUESTION, [bomb()], 1)

    @property
    def body_bytes(self) -> int:
        return len(self._many)

    def round(self) -> Refused:
        before = self._resident_bytes()
        self._watch.take()
        many = self._client.statuses(self._many, REFUSED_REQUESTS)
        late = lateness(self._watch.take())
        after_many = self._resident_bytes()
        status = self._client.status(self._bomb)
        return Refused(many, status, before, after_many, self._resident_bytes(), late)

    def _resident_bytes(self) -> int:
        time.sleep(SETTLE_SECONDS)
        return int(self._server.memory_info().rss)
