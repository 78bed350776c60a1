"""What usage says of a prompt that was read before."""

from __future__ import annotations

import json
from typing import Any

import httpx

LONG = "The same beginning of all of them, word for word. " * 12


def chat(http: httpx.Client, messages: list[dict[str, str]], **fields: Any) -> dict[str, Any]:
    body = {"model": "llama", "messages": messages, "max_tokens": 6, "temperature": 0} | fields
    answer = http.post("/v1/chat/completions", json=body)
    return dict(answer.raise_for_status().json())


def cached(usage: dict[str, Any]) -> int:
    return int(usage["prompt_tokens_details"]["cached_tokens"])


def test_the_second_turn_knows_the_first(http: httpx.Client) -> None:
    said = [{"role": "user", "content": f"First turn. {LONG}"}]
    first = chat(http, said)
    answer = first["choices"][0]["message"]["content"]
    said += [{"role": "assistant", "content": answer}, {"role": "user", "content": "And now?"}]
    second = chat(http, said)["usage"]
    assert first["usage"]["prompt_tokens"] - 8 <= cached(second) < second["prompt_tokens"]


def test_a_stream_says_the_same(http: httpx.Client) -> None:
    said = [{"role": "user", "content": f"A stream. {LONG}"}]
    body = {"model": "llama", "messages": said, "max_tokens": 3, "stream": True}
    body["stream_options"] = {"include_usage": True}
    chat(http, said)
    text = http.post("/v1/chat/completions", json=body).text
    chunks = [json.loads(line[6:]) for line in text.splitlines() if line.startswith("data: {")]
    usage = chunks[-1]["usage"]
    assert cached(usage) == usage["prompt_tokens"] - 1, "one token is read for what comes next"


def test_prompts_of_one_request_that_begin_alike_are_counted_each(http: httpx.Client) -> None:
    prompts = [f"Together. {LONG}{end}" for end in ("one", "two", "three")]
    body = {"model": "llama", "prompt": prompts, "max_tokens": 2, "n": 2}
    usage = http.post("/v1/completions", json=body).raise_for_status().json()["usage"]
    each = usage["prompt_tokens"] / 3
    assert 2 * (each - 8) <= cached(usage) < 2 * each
    again = http.post("/v1/completions", json=body).json()["usage"]
    assert cached(again) == again["prompt_tokens"] - 3


def test_an_embedding_model_says_nothing_of_it(http: httpx.Client) -> None:
    body = {"model": "demo/embed", "input": ["a"]}
    usage = http.post("/v1/embeddings", json=body).raise_for_status().json()["usage"]
    assert "prompt_tokens_details" not in usage
