"""A model of mlx-embeddings (or a cross-encoder of mlx-vlm), as rows in and vectors out.

mlx-embeddings 0.1.0 pools as its architectures are mostly used: BERT by the mean, whatever the
checkpoint says, which is wrong for BGE and its like. So the states of the tokens are asked for, and
pooled here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import mlx.core as mx
import numpy as np
from numpy.typing import NDArray

from mlx_jupyter.worker.embedding_text import Row
from mlx_jupyter.worker.pooling import pool, unit

__all__ = ["ARCHITECTURES", "Architecture", "CrossEncoder", "Encoder", "RowModel"]

Floats = NDArray[np.float32]
States = Callable[[Any, mx.array, mx.array], mx.array]


class RowModel(Protocol):
    """`vectors` gives (rows, width) for rows that go through the model together, padded at the
    right to the longest."""

    width: int
    ranks: bool

    def vectors(
        self, rows: Sequence[Row], *, dimensions: int | None = None, normalize: bool = True
    ) -> Floats: ...


@dataclass(frozen=True)
class Architecture:
    """How the states of the tokens, (texts, tokens, width), are had of a model, and what pools them
    where the checkpoint says nothing. A `fused` attention keeps no scores, on a GPU."""

    states: States
    poolings: Callable[[Any], tuple[str, ...]]
    fused: bool = True


def _states(model: Any, ids: mx.array, mask: mx.array) -> mx.array:
    return model(ids, attention_mask=mask).last_hidden_state


def _inner_states(model: Any, ids: mx.array, mask: mx.array) -> mx.array:
    """ModernBERT's own call pools."""
    return model.model(ids, attention_mask=mask)["last_hidden_state"]


def _causal_states(model: Any, ids: mx.array, mask: mx.array) -> mx.array:
    """Padding at the right is never looked at by what is left of it. Qwen 3's own call would make
    two masks of every token by every token, 8 GB for a text of 32,768."""
    states = model.model.embed_tokens(ids)
    for layer in model.model.layers:
        states = layer(states, attention_mask="causal")
    return model.model.norm(states)


def _positional_states(model: Any, ids: mx.array, mask: mx.array) -> mx.array:
    """Gemma 3's first parameter has another name than all others'."""
    return model(ids, mask).last_hidden_state


ARCHITECTURES = {
    "bert": Architecture(_states, lambda config: ("mean",), fused=False),
    "xlm_roberta": Architecture(_states, lambda config: ("mean",), fused=False),
    "modernbert": Architecture(_inner_states, lambda config: (config.classifier_pooling,)),
    "qwen3": Architecture(_causal_states, lambda config: ("lasttoken",)),
    "gemma3_text": Architecture(_positional_states, lambda config: ("mean",)),
    "llama_bidirec": Architecture(_states, lambda config: ("mean",)),
}


class Encoder:
    """Texts to vectors. `poolings` None is the architecture's own choice; `dense` are steps behind
    it; `normalized` as the checkpoint says, for those who ask for vectors as they are."""

    ranks = False

    def __init__(
        self,
        model: Any,
        architecture: Architecture,
        poolings: tuple[str, ...] | None,
        dense: Sequence[Callable[[mx.array], mx.array]],
        pad: int,
        *,
        normalized: bool,
    ) -> None:
        self._model = model
        self._architecture = architecture
        self._poolings = poolings or architecture.poolings(model.config)
        self._dense = dense
        self._pad = pad
        self._normalized = normalized
        self.width = 0
        self.width = self.vectors([Row(np.array([pad], np.int32))]).shape[1]

    def vectors(
        self, rows: Sequence[Row], *, dimensions: int | None = None, normalize: bool = True
    ) -> Floats:
        found = _finite(self._vectors, rows)[:, :dimensions]
        if normalize or self._normalized:
            found = unit(found)
        return np.array(found, copy=False)

    def _vectors(self, rows: Sequence[Row]) -> mx.array:
        ids, mask = _padded(rows, self._pad)
        states = self._architecture.states(self._model, mx.array(ids), mx.array(mask))
        for at, row in enumerate(rows):
            mask[at, : row.skipped] = 0
        vectors = pool(states, mx.array(mask), self._poolings)
        for step in self._dense:
            vectors = step(vectors)
        return vectors


class CrossEncoder:
    """Pairs of texts to how well they fit: one number from 0 to 1 a row."""

    width = 1
    ranks = True

    def __init__(self, model: Any, pad: int, segment_kinds: int) -> None:
        self._model = model
        self._pad = pad
        self._last_segment = segment_kinds - 1

    def vectors(
        self, rows: Sequence[Row], *, dimensions: int | None = None, normalize: bool = True
    ) -> Floats:
        return np.array(_finite(self._scores, rows), copy=False)

    def _scores(self, rows: Sequence[Row]) -> mx.array:
        ids, mask = _padded(rows, self._pad)
        segments = np.zeros_like(ids)
        for at, row in enumerate(rows):
            if row.segments is not None:
                segments[at, : len(row)] = np.minimum(row.segments, self._last_segment)
        answer = self._model(mx.array(ids), mx.array(mask), token_type_ids=mx.array(segments))
        logits = answer.logits.reshape(-1, 1).astype(mx.float32)
        return mx.sigmoid(logits)


def _finite(compute: Callable[[Sequence[Row]], mx.array], rows: Sequence[Row]) -> mx.array:
    """In f16 padding can turn into no number, and a text with it (ModernBERT's windows, whose mask
    is minus infinity there): such texts are done again alone, without padding."""
    found = compute(rows)
    if len(rows) == 1 or mx.all(mx.isfinite(found)):
        return found
    return mx.concatenate([compute([row]) for row in rows])


def _padded(rows: Sequence[Row], pad: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Ids and mask, (rows, tokens of the longest)."""
    shape = len(rows), max(map(len, rows))
    ids, mask = np.full(shape, pad, np.int32), np.zeros(shape, np.int32)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row.ids
        mask[at, : len(row)] = 1
    return ids, mask
