"""Pieces of text in chunks that were encoded before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.server.text_chunk import TextChunks
from mlx_jupyter.wire.sse import data


def payload(index: int, text: str) -> object:
    return {"id": "chatcmpl-1", "choices": [{"index": index, "delta": {"content": text}}]}


@given(st.lists(st.tuples(st.integers(0, 3), st.text(st.characters(exclude_categories=["Cs"])))))
def test_they_are_what_encoding_the_whole_gives(pieces: list[tuple[int, str]]) -> None:
    chunks = TextChunks(payload)
    for index, text in pieces:
        assert chunks.event(index, text) == data(payload(index, text))
