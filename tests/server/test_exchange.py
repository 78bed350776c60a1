"""What streams are made of: the bytes are those of the structs of `wire`."""

from __future__ import annotations

from typing import TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlx_jupyter.messages import Delta, TokenLogprob
from mlx_jupyter.server.exchange import ChatExchange, CompletionExchange
from mlx_jupyter.wire.chat import ChatChunk, ChatChunkChoice, ChatDelta
from mlx_jupyter.wire.completions import Completion, CompletionChoice
from mlx_jupyter.wire.sse import data

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
pieces = st.lists(st.tuples(st.integers(0, 2), texts), min_size=1)


def sent(exchange: ChatExchange | CompletionExchange, delta: Delta, prompt: int = 0) -> bytes:
    chunks = exchange.delta(prompt, delta)
    return b"".join(chunk if isinstance(chunk, bytes) else data(chunk) for chunk in chunks)


T = TypeVar("T")


def decoded(event: bytes, kind: type[T]) -> T:
    return msgspec.json.decode(event.removeprefix(b"data: "), type=kind)


@given(pieces, st.booleans())
def test_a_chats_chunks_are_what_their_structs_are_as_json(
    said: list[tuple[int, str]], usage: bool
) -> None:
    exchange = ChatExchange("a", 3, logprobs=False, usage=usage)
    for index, text in said:
        event = sent(exchange, Delta(1, index, text, 1))
        chunk = decoded(event, ChatChunk)
        assert chunk.choices == [ChatChunkChoice(index, ChatDelta(content=text))]
        assert event == data(chunk)


@given(pieces, st.integers(0, 2), st.booleans())
def test_a_completions_chunks_are_what_their_structs_are_as_json(
    said: list[tuple[int, str]], prompt: int, usage: bool
) -> None:
    exchange = CompletionExchange("a", 3, logprobs=None, usage=usage)
    for index, text in said:
        event = sent(exchange, Delta(1, index, text, 1), prompt)
        chunk = decoded(event, Completion)
        assert chunk.choices == [CompletionChoice(prompt * 3 + index, text)]
        assert event == data(chunk)


def test_the_last_chunk_of_a_completion_has_its_text_and_its_end() -> None:
    exchange = CompletionExchange("a", 1, logprobs=None, usage=False)
    chunk = decoded(sent(exchange, Delta(1, 0, "!", 1, "stop")), Completion)
    assert chunk.choices == [CompletionChoice(0, "!", "stop")]


@pytest.mark.parametrize("top", [0, 1])
def test_logprobs_of_a_completion_know_where_their_texts_stand(top: int) -> None:
    exchange = CompletionExchange("a", 1, logprobs=top, usage=False)
    for at, text in enumerate(["ab", "c"]):
        token = TokenLogprob(text, -0.5, ((text, -0.5),) * top)
        delta = Delta(1, 0, text, 1, logprobs=(token,))
        (choice,) = decoded(sent(exchange, delta), Completion).choices
        assert choice.logprobs is not None
        assert choice.logprobs.text_offset == [2 * at]
