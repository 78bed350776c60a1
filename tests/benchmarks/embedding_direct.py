"""The floor, as a child process: mlx-embeddings with no server around it.

    python -m tests.benchmarks.embedding_direct CHECKPOINT

Reads one `Ask` a line as JSON and writes one `Made` a line. Inside the measured time is what any
caller would have to do: tokens in bulk, and vectors in the order of the texts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time
from typing import Any

import mlx.core as mx
import msgspec
import numpy as np
from mlx_embeddings.utils import generate, load
from numpy.typing import NDArray
from tokenizers import Tokenizer

from tests.benchmarks.direct import take_stdout
from tests.benchmarks.embedding_ask import Ask, Made
from tests.benchmarks.embedding_batches import sorted_batches
from tests.benchmarks.trial import clock

Floats = NDArray[np.float32]


class Floor:
    """One model, kept from request to request as a server keeps it. Its micro-batches have a
    tokenizer of their own: the library's call leaves its one set to pad."""

    def __init__(self, checkpoint: Path) -> None:
        self._model, self._tokenizer = load(str(checkpoint))
        self._pieces = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
        self._pieces.no_truncation()
        self._pieces.no_padding()

    def make(self, ask: Ask) -> Made:
        start, worked = clock(), process_time()
        if ask.budget_tokens is None:
            tokens, vectors = self._as_they_come(ask.texts)
        else:
            tokens, vectors = self._sorted(ask.texts, ask.budget_tokens)
        seconds, cpu_seconds = clock() - start, process_time() - worked
        data = vectors.astype("<f4", copy=False).tobytes()
        return Made(seconds, cpu_seconds, tokens, data)

    def _as_they_come(self, texts: list[str]) -> tuple[int, Floats]:
        """The library's own call, which pads all to the longest."""
        vectors = np.array(generate(self._model, self._tokenizer, texts).text_embeds)
        return 0, vectors

    def _sorted(self, texts: list[str], budget_tokens: int) -> tuple[int, Floats]:
        rows = [encoding.ids for encoding in self._pieces.encode_batch_fast(texts)]
        lengths = [len(row) for row in rows]
        batches = sorted_batches(lengths, budget_tokens)
        made = [self._forward([rows[place] for place in batch]) for batch in batches]
        vectors = np.empty((len(rows), made[0].shape[1]), np.float32)
        vectors[[place for batch in batches for place in batch]] = np.concatenate(made)
        return sum(lengths), vectors

    def _forward(self, rows: Sequence[Sequence[int]]) -> Floats:
        shape = len(rows), max(map(len, rows))
        ids, mask = np.zeros(shape, np.int32), np.zeros(shape, np.int32)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = row
            mask[at, : len(row)] = 1
        made: Any = self._model(mx.array(ids), attention_mask=mx.array(mask))
        return np.array(made.text_embeds)


def main() -> int:
    channel = take_stdout()
    floor = Floor(Path(sys.argv[1]))
    channel.write(b"\n")
    channel.flush()
    for line in sys.stdin:
        made = floor.make(msgspec.json.decode(line, type=Ask))
        channel.write(msgspec.json.encode(made) + b"\n")
        channel.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
