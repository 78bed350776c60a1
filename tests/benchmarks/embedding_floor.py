"""The parent's end of `embedding_direct`, which has a worker's BLAS and environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from tests.benchmarks.child import Child
from tests.benchmarks.embedding_ask import Ask, Made
from tests.benchmarks.embedding_batches import budget_for

__all__ = ["EmbeddingFloor", "start_floor"]

BUDGETS_TOKENS = {32: 128, 256: 256}
"""Where none is measured. By CPU time, on a core with 1 MB of second cache (texts of many lengths):
32 texts with 256, 512 and 1024 take 1.04, 1.14 and 1.43 of the time with 128; 1024 texts the same
with 256 to 1024."""


class EmbeddingFloor:
    """`budgets_tokens` of a micro-batch, by the number of texts from which they are best on this
    machine."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.budgets_tokens = dict(BUDGETS_TOKENS)
        self._read()

    def make(self, texts: Sequence[str]) -> Made:
        return self.ask(Ask(list(texts), budget_for(len(texts), self.budgets_tokens)))

    def make_as_they_come(self, texts: Sequence[str]) -> Made:
        """All in one batch, padded to the longest."""
        return self.ask(Ask(list(texts), None))

    def ask(self, ask: Ask) -> Made:
        self._child.stdin.write(msgspec.json.encode(ask) + b"\n")
        self._child.stdin.flush()
        return msgspec.json.decode(self._read(), type=Made)

    def _read(self) -> bytes:
        line = self._child.stdout.readline()
        if not line:
            raise self._child.failed("direct said nothing")
        return line


@contextmanager
def start_floor(checkpoint: Path, log: Path) -> Iterator[EmbeddingFloor]:
    variables = worker_environment(os.environ, find_blas("auto"))
    arguments = ["-m", "tests.benchmarks.embedding_direct", str(checkpoint.resolve())]
    with Child(arguments, variables, log, pipes=True) as child:
        yield EmbeddingFloor(child)
