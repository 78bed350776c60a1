"""One request for vectors, from its texts to frames. Knows no model.

A request is tokenized in slices, and only then computed: what is wrong with one of its texts is
said before the first vector goes out, and its texts can be sorted. It is computed in windows, whose
vectors go out in the order of the inputs, and at most `WINDOWS_AHEAD` windows ahead of whoever
takes them: 100,000 vectors of 1024 numbers are 0.4 GB, which nobody has to hold.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from mlx_jupyter.inputs import Inputs
from mlx_jupyter.messages import Embed, Vectors
from mlx_jupyter.worker.embedding_text import Row
from mlx_jupyter.worker.micro_batch import Limits, batch_size

__all__ = ["Job"]

Floats = NDArray[np.float32]

WINDOW_ROWS = 4096
WINDOWS_AHEAD = 2
SLICE_CHARACTERS, SLICE_ROWS = 32 * 1024, 512
"""About 10 ms of a tokenizer's time."""
FRAME_BYTES = 2**18
"""As JSON numbers five times as much, which is copied a few times on Jupyter's loop."""


class Job:
    def __init__(self, request: Embed, inputs: Inputs) -> None:
        self.request = request
        self.tokens = 0
        self.query: Floats | None = None
        """The unit vector of `request.query`, once it is known."""
        self._inputs = inputs
        self._count = len(inputs)
        self._rows: list[Row] = []
        self._waiting: deque[int] = deque()
        """Of the window, the places that have not been computed, the longest first."""
        self._window: Floats | None = None
        self._first = self._end = self._open = 0
        self._taken = 0

    @property
    def read(self) -> bool:
        """Has all been tokenized?"""
        return len(self._rows) == self._count

    @property
    def done(self) -> bool:
        return self.read and self._end == self._count and self._open == 0

    @property
    def ready(self) -> bool:
        """Is there something to compute, and somebody who takes it?"""
        return self.read and (bool(self._waiting) or self._may_begin)

    @property
    def begun(self) -> bool:
        return self._end > 0

    @property
    def _may_begin(self) -> bool:
        ahead = self._end - self._taken
        return self._end < self._count and ahead <= (WINDOWS_AHEAD - 1) * WINDOW_ROWS

    def next_slice(self) -> tuple[Inputs, int]:
        """The next inputs to tokenize, and the place of the first."""
        first = end = len(self._rows)
        size = 0
        while end < len(self._inputs) and end - first < SLICE_ROWS and size < SLICE_CHARACTERS:
            size += len(self._inputs[end])
            end += 1
        return self._inputs[first:end], first

    def add(self, rows: Sequence[Row]) -> None:
        """The rows of a slice."""
        self._rows.extend(rows)
        self.tokens += sum(map(len, rows))
        if self.read:
            self._inputs = []

    def take(self, rows: int) -> None:
        """So many more vectors are with whoever asked."""
        self._taken += rows

    def next_batch(self, limits: Limits) -> list[int]:
        """The places of the rows to compute next, the longest first; only while it is `ready`."""
        count = batch_size(self._lengths(), limits)
        return [self._waiting.popleft() for _ in range(count)]

    def last_batch(self, limits: Limits) -> list[int] | None:
        """All that is left to compute, if it is one batch. It is not taken yet: `next_batch`."""
        if not self.ready or batch_size(self._lengths(), limits) < len(self._waiting):
            return None
        return list(self._waiting) if self._end == self._count else None

    def rows(self, places: Sequence[int]) -> list[Row]:
        return [self._rows[place] for place in places]

    def put(self, places: Sequence[int], vectors: Floats) -> Iterator[Vectors]:
        """The frames that are whole now, in order."""
        if self._window is None:
            shape = self._end - self._first, vectors.shape[1]
            self._window = np.empty(shape, np.float32)
        self._window[np.array(places) - self._first] = vectors
        self._open -= len(places)
        if self._open == 0:
            window, self._window = self._window, None
            yield from self._frames(window)

    def _lengths(self) -> Iterator[int]:
        """Of those that wait; begins a window if none does."""
        if not self._waiting:
            self._first, self._end = self._end, min(self._end + WINDOW_ROWS, self._count)
            self._open = self._end - self._first
            places = range(self._first, self._end)
            self._waiting.extend(sorted(places, key=lambda place: -len(self._rows[place])))
        return (len(self._rows[place]) for place in self._waiting)

    def _frames(self, window: Floats) -> Iterator[Vectors]:
        count, width = window.shape
        step = max(1, FRAME_BYTES // (4 * width))
        ends_here = self._end == self._count
        for at in range(0, count, step):
            piece = window[at : at + step]
            last = ends_here and at + step >= count
            data = piece.astype("<f4", copy=False).tobytes()
            yield Vectors(self.request.id, len(piece), width, data, last)
