"""From texts to rows of token ids, in bulk.

A `tokenizer.json` may carry settings of its own that cut texts and pad them (all-MiniLM's cuts at
128 tokens): they are taken off, so that a text is cut only where the request says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mlx_jupyter.errors import ContextExceeded, InvalidRequest
from mlx_jupyter.inputs import Inputs

__all__ = ["QUERY", "Name", "Reader", "Row"]

Ids = NDArray[np.int32]
_SLACK, _LONGEST_TOKEN = 4, 32
"""A text may have so many times more characters than its longest tokens say: blanks, and words that
are one unknown token. Single tokens that are longer than that do not count."""


class Name(NamedTuple):
    """What an input is called in an error, and which field of the request it is in."""

    text: str
    field: str


Names = Callable[[int], Name]
QUERY = Name("The query", "query")


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
        self._most_characters = (
            _SLACK * context_length * min(_LONGEST_TOKEN, max(map(len, tokenizer.get_vocab())))
        )

    def read(
        self,
        inputs: Inputs,
        names: Names,
        *,
        prompt: str = "",
        query: str | None = None,
        truncate: bool = False,
        include_prompt: bool = True,
    ) -> list[Row]:
        """Rows of `inputs`, which `names` calls by name in errors; with a `query` each is a pair
        with it.

        Raises `InvalidRequest`, and `ContextExceeded` for what is too long, unless it is to be cut.
        """
        if not isinstance(inputs[0], str):
            lists = [one for one in inputs if isinstance(one, list)]
            return [self._given(ids, names(at), truncate) for at, ids in enumerate(lists)]
        texts = [prompt + text for text in inputs if isinstance(text, str)]
        texts = [self._bounded(text, names(at), truncate) for at, text in enumerate(texts)]
        pairs: Sequence[str | tuple[str, str]] = texts
        if query is not None:
            query = self._bounded(query, QUERY, truncate)
            pairs = [(query, text) for text in texts]
        skipped = 0 if include_prompt else self._length_of(prompt)
        rows = [self._row(one, skipped, query) for one in self._tokens.encode_batch_fast(pairs)]
        for at, row in enumerate(rows):
            if not len(row):
                raise InvalidRequest(f"{names(at).text} has no tokens.", param=names(at).field)
            if len(row) > self.context_length:
                if query is not None and not truncate:
                    self._check_query(query)
                self._refuse_long(len(row), names(at), truncate)
                rows[at] = self._row(self._encode_cut(pairs[at]), skipped, query)
        return rows

    def ids_of(self, text: str, *, special: bool) -> list[int]:
        """All of them, however many; `special` ones as before a vector is made. Raises
        `ContextExceeded` for what has far more characters than fit."""
        if len(text) > self._most_characters:
            raise ContextExceeded(
                f"The text has {len(text)} characters, far more than the {self.context_length} "
                "tokens that this model takes.",
                param="prompt",
            )
        return list(self._tokens.encode(text, add_special_tokens=special).ids)

    def text_of(self, ids: list[int]) -> str:
        return str(self._tokens.decode(ids, skip_special_tokens=False))

    def names_of(self, ids: list[int]) -> list[str]:
        return [self._tokens.id_to_token(token) or "" for token in ids]

    @property
    def vocabulary(self) -> int:
        return self._vocabulary

    def _given(self, ids: list[int], name: Name, truncate: bool) -> Row:
        bad = next((token for token in ids if not 0 <= token < self._vocabulary), None)
        if bad is not None:
            raise InvalidRequest(
                f"{name.text}: token id {bad} is not in the vocabulary of {self._vocabulary} "
                "tokens.",
                param=name.field,
            )
        if len(ids) > self.context_length:
            self._refuse_long(len(ids), name, truncate)
        return Row(np.array(ids[: self.context_length], np.int32))

    def _bounded(self, text: str, name: Name, truncate: bool) -> str:
        """Before seconds are spent on the tokens of what cannot fit."""
        if len(text) > self._most_characters and not truncate:
            raise ContextExceeded(
                f"{name.text} has {len(text)} characters, far more than the {self.context_length} "
                "tokens that this model takes. Cut it, or send 'truncate': true.",
                param=name.field,
            )
        return text[: self._most_characters]

    def _check_query(self, query: str) -> None:
        """Of a pair: is it too long by itself?"""
        tokens = len(self._tokens.encode(query).ids)
        if tokens >= self.context_length:
            self._refuse_long(tokens, QUERY, truncate=False)

    def _refuse_long(self, tokens: int, name: Name, truncate: bool) -> None:
        if not truncate:
            raise ContextExceeded(
                f"{name.text} has {tokens} tokens; this model takes at most {self.context_length}. "
                "Cut it, or send 'truncate': true.",
                param=name.field,
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
