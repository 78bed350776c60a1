"""From texts to rows of token ids, in bulk.

A `tokenizer.json` may carry settings of its own that cut texts and pad them (all-MiniLM's cuts at
128 tokens): they are taken off, so that a text is cut only where the request says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlx_jupyter.errors import ContextExceeded, InvalidRequest
from mlx_jupyter.worker.embedding_inputs import Inputs

__all__ = ["Reader", "Row"]

Ids = NDArray[np.int32]
_SLACK = 4
"""A text may have so many times more characters than its longest tokens say: blanks, and words that
are one unknown token."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input. `segments` has 1 for the second text of a pair, `skipped` counts the tokens of the
    prompt that are not to be pooled."""

    ids: Ids
    segments: Ids | None = None
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.ids)


class Reader:
    """`tokenizer` is one of transformers; `context_length` in tokens, special ones included."""

    def __init__(self, tokenizer: Any, context_length: int, vocabulary: int) -> None:
        self._tokens = tokenizer.backend_tokenizer
        self._tokens.no_truncation()
        self._tokens.no_padding()
        self._special = frozenset(tokenizer.all_special_ids)
        self._vocabulary = vocabulary
        self.context_length = context_length
        self.pad = tokenizer.pad_token_id or 0
        self._most_characters = _SLACK * context_length * max(map(len, tokenizer.get_vocab()))

    def read(
        self,
        inputs: Inputs,
        first: int | None,
        *,
        prompt: str = "",
        query: str | None = None,
        truncate: bool = False,
        include_prompt: bool = True,
    ) -> list[Row]:
        """Rows of `inputs`, of which the first is called `input[first]` in errors (None is for a
        query); with a `query` each is a pair with it.

        Raises `InvalidRequest`, and `ContextExceeded` for what is too long, unless it is to be cut.
        """
        names = [_name(first, at) for at in range(len(inputs))]
        if not isinstance(inputs[0], str):
            lists = [one for one in inputs if isinstance(one, list)]
            rows = [self._given(ids, name) for ids, name in zip(lists, names, strict=True)]
            return [self._cut(*each, truncate) for each in zip(rows, names, strict=True)]
        texts = [prompt + text for text in inputs if isinstance(text, str)]
        texts = [self._bounded(*each, truncate) for each in zip(texts, names, strict=True)]
        pairs = texts if query is None else [(query, text) for text in texts]
        skipped = 0 if include_prompt else self._length_of(prompt)
        rows = [self._row(one, skipped, query) for one in self._tokens.encode_batch_fast(pairs)]
        for at, row in enumerate(rows):
            if len(row) > self.context_length:
                self._refuse_long(row, names[at], truncate)
                rows[at] = self._row(self._encode_cut(pairs[at]), skipped, query)
        return rows

    def _given(self, ids: list[int], name: str) -> Row:
        bad = next((token for token in ids if not 0 <= token < self._vocabulary), None)
        if bad is not None:
            raise InvalidRequest(
                f"{name}: token id {bad} is not in the vocabulary of {self._vocabulary} tokens.",
                param="input",
            )
        return Row(np.array(ids, np.int32))

    def _cut(self, row: Row, name: str, truncate: bool) -> Row:
        if len(row) <= self.context_length:
            return row
        self._refuse_long(row, name, truncate)
        return Row(row.ids[: self.context_length])

    def _bounded(self, text: str, name: str, truncate: bool) -> str:
        """Before seconds are spent on the tokens of what cannot fit."""
        if len(text) <= self._most_characters:
            return text
        if not truncate:
            raise ContextExceeded(
                f"{name} has {len(text)} characters, far more than the {self.context_length} "
                "tokens that this model takes. Cut it, or send 'truncate': true.",
                param="input",
            )
        return text[: self._most_characters]

    def _refuse_long(self, row: Row, name: str, truncate: bool) -> None:
        if not truncate:
            raise ContextExceeded(
                f"{name} has {len(row)} tokens; this model takes at most "
                f"{self.context_length}. Cut it, or send 'truncate': true.",
                param="input",
            )

    def _encode_cut(self, pair: str | tuple[str, str]) -> Any:
        self._tokens.enable_truncation(self.context_length)
        try:
            return self._tokens.encode_batch_fast([pair])[0]
        finally:
            self._tokens.no_truncation()

    def _row(self, encoding: Any, skipped: int, query: str | None) -> Row:
        ids = np.array(encoding.ids, np.int32)
        segments = None if query is None else np.array(encoding.type_ids, np.int32)
        return Row(ids, segments, min(skipped, len(ids) - 1))

    def _length_of(self, prompt: str) -> int:
        """In tokens, without the special one that ends a text."""
        ids = self._tokens.encode(prompt).ids if prompt else []
        return len(ids) - (1 if ids and ids[-1] in self._special else 0)


def _name(first: int | None, at: int) -> str:
    return "The query" if first is None else f"input[{first + at}]"
