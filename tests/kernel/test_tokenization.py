"""Tokens from Python, against a real server."""

from __future__ import annotations

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool

CHAT = "demo/chat"


def test_a_text_is_there_and_back(empty_pool: Pool) -> None:
    found = empty_pool.tokenize("What is MLX?", CHAT, strings=True, add_special_tokens=False)
    assert found.count == len(found.tokens) == len(found.token_strs or [])
    assert empty_pool.detokenize(found.tokens, CHAT) == "What is MLX?"
    assert empty_pool.detokenize(tuple(found.tokens)) == "What is MLX?"


def test_messages_have_the_marks_of_a_chat(empty_pool: Pool) -> None:
    text = empty_pool.tokenize("Hi").count
    assert empty_pool.tokenize([{"role": "user", "content": "Hi"}]).count > text
    assert empty_pool.tokenize("Hi").token_strs is None


def test_a_mistake_is_what_the_server_says(empty_pool: Pool) -> None:
    with pytest.raises(RequestFailed) as raised:
        empty_pool.tokenize("Hi", "no/such")
    assert raised.value.http_status == 404


def test_a_plan_counts_the_tokens_of_a_request(empty_pool: Pool) -> None:
    assert empty_pool.plan(CHAT).kv_bytes == 0
    one = empty_pool.plan(CHAT, prompt_tokens=100, max_tokens=20)
    two = empty_pool.plan(CHAT, prompt_tokens=100, max_tokens=20, n=2)
    assert two.kv_bytes == 2 * one.kv_bytes > 0
