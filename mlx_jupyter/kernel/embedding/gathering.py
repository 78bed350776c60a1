"""The vectors of one column by one revision of a model, as far as they are there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlx_jupyter.kernel.embedding.block import Block
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.embedding.column import Column
from mlx_jupyter.kernel.embedding.digest import digests
from mlx_jupyter.kernel.embedding.pace import weight
from mlx_jupyter.kernel.embedding.row import Row

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["Different", "Gathering"]

_RECALLED_AT_ONCE = 10_000


class Different:
    """The different rows of a column. `sources` tells for each row of the column which it is,
    `first` for each of these where it is first met."""

    def __init__(self, column: Column) -> None:
        places: dict[Row, int] = {}
        self.names = column.names
        self.sources = [places.setdefault(row, len(places)) for row in column.rows]
        self.rows = list(places)
        self.weights = [weight(row) for row in self.rows]
        self._counts = Counter(self.sources)

    def texts(self, rows: Sequence[int]) -> int:
        """How many rows of the column these are."""
        return sum(self._counts[at] for at in rows)

    def first(self) -> list[int]:
        found: dict[int, int] = {}
        for row, source in enumerate(self.sources):
            found.setdefault(source, row)
        return list(found.values())


class Gathering:
    """Begins with what the cache has of what was `made_by` this; None keeps nothing.

    `waiting` are the rows without a vector, the longest first. The counts are of the user's texts:
    `done` have their vectors, those of `kept` are on disk, and were of `cached` from the beginning.
    """

    def __init__(
        self, different: Different, made_by: dict[str, Any] | None, cache: VectorCache
    ) -> None:
        self._different = different
        self._cache = cache
        self._block = Block(len(different.rows))
        self._digests = digests(different.rows, made_by) if made_by else []
        known = self._recall()
        waiting = set(range(len(different.rows))).difference(known)
        weights = different.weights
        self.waiting = sorted(waiting, key=lambda at: (-weights[at], at))
        self.done = self.kept = self.cached = different.texts(known)

    def _recall(self) -> list[int]:
        """Puts what the cache has into the block; a part at a time, so that a large column is not
        in memory twice."""
        known: list[int] = []
        for begin in range(0, len(self._digests), _RECALLED_AT_ONCE):
            asked = self._digests[begin : begin + _RECALLED_AT_ONCE]
            found = self._cache.find(asked)
            rows = [at for at, digest in enumerate(asked, begin) if digest in found]
            if rows:
                self._block.put(rows, [found[self._digests[at]] for at in rows])
                known += rows
        return known

    def take(self, vectors: Sequence[bytes]) -> None:
        """The vectors of the first of those that wait."""
        part, self.waiting = self.waiting[: len(vectors)], self.waiting[len(vectors) :]
        self._block.put(part, vectors)
        texts = self._different.texts(part)
        self.done += texts
        if self._digests:
            own = (self._digests[at] for at in part)
            self.kept += texts * self._cache.keep(dict(zip(own, vectors, strict=True)))

    def vectors(self) -> NDArray[float32]:
        """One for each row of the column, once nothing is waiting."""
        return self._block.spread(self._different.sources)
