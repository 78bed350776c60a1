"""A piece of text in a chunk that was encoded before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.server.text_chunk import TextChunk
from mlx_jupyter.wire.sse import data


def payload(text: str) -> object:
    return {"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}}]}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_it_is_what_encoding_the_whole_gives(text: str) -> None:
    assert TextChunk(payload).event(text) == data(payload(text))
