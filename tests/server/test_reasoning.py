"""`reasoning_content`, through the real openai client: a model whose bias is to think for ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openai
import pytest
from tokenizers import Tokenizer

from mlx_jupyter.messages import Delta, Joined, TokenLogprob
from mlx_jupyter.server.exchange import ChatExchange
from mlx_jupyter.wire.chat import ChatChunk

QUESTION: list[Any] = [{"role": "user", "content": "Why?"}]


@pytest.fixture(scope="module")
def thinking(checkpoints: Path) -> dict[str, int]:
    """The first `<think>` is the mark, and those that follow are thoughts."""
    tokenizer = Tokenizer.from_file(str(checkpoints / "qwen3" / "tokenizer.json"))
    return {str(tokenizer.token_to_id("<think>")): 100}


def test_thoughts_are_beside_the_answer(client: openai.OpenAI, thinking: dict[str, int]) -> None:
    made = client.chat.completions.create(
        model="qwen3", messages=QUESTION, max_tokens=4, logit_bias=thinking, logprobs=True
    )
    (choice,) = made.choices
    assert (choice.message.content, choice.finish_reason) == ("", "length")
    assert choice.message.reasoning_content == "<think>" * 3  # type: ignore[attr-defined]
    assert choice.logprobs is not None
    assert choice.logprobs.content == []
    assert made.usage is not None
    assert made.usage.completion_tokens_details is not None
    assert made.usage.completion_tokens_details.reasoning_tokens == 4


def test_thoughts_are_streamed_as_such(client: openai.OpenAI, thinking: dict[str, int]) -> None:
    with client.chat.completions.create(
        model="qwen3",
        messages=QUESTION,
        max_tokens=4,
        logit_bias=thinking,
        stream=True,
        stream_options={"include_usage": True},
    ) as stream:
        *chunks, last = stream
    deltas = [chunk.choices[0].delta for chunk in chunks]
    thoughts = [getattr(delta, "reasoning_content", None) for delta in deltas]
    assert [one for one in thoughts if one] == ["<think>"] * 3
    assert not any(delta.content for delta in deltas)
    assert last.usage is not None
    assert last.usage.completion_tokens_details is not None
    assert last.usage.completion_tokens_details.reasoning_tokens == 4


def test_an_answer_without_thoughts_says_nothing_of_them(client: openai.OpenAI) -> None:
    made = client.chat.completions.create(model="demo/chat", messages=QUESTION, max_tokens=4)
    assert "reasoning_content" not in made.choices[0].message.to_dict()
    assert made.usage is not None
    assert made.usage.completion_tokens_details is None


def test_a_delta_with_both_is_a_thought_and_then_a_text() -> None:
    """Deltas are merged where a client is slow."""
    exchange = ChatExchange("m", 1, logprobs=True, usage=False)
    list(exchange.joined(0, Joined(1, 5)))
    both = Delta(1, 0, "Yes", 4, None, (TokenLogprob("Yes", -0.5),), "Hm", 3)
    first, second = exchange.delta(0, both)
    assert isinstance(first, ChatChunk)
    assert isinstance(second, ChatChunk)
    assert first.choices[0].delta.reasoning_content == "Hm"
    assert first.choices[0].logprobs is None
    assert second.choices[0].delta.content == "Yes"
    assert second.choices[0].logprobs is not None
