"""`v1/chat/completions` through the real openai client."""

from __future__ import annotations

from typing import Any

import httpx
import openai
import pytest

from tests.jupyter_process import JupyterProcess

QUESTION: list[Any] = [{"role": "user", "content": "What is MLX?"}]
MODEL = "demo/chat"


def test_an_answer(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model=MODEL, messages=QUESTION)
    (choice,) = answer.choices
    assert choice.message.role == "assistant"
    assert (choice.message.content or "").startswith("MLX is")
    assert choice.finish_reason == "stop"
    assert answer.model == MODEL
    assert answer.usage is not None
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_a_stream_says_the_same_in_pieces(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model=MODEL, messages=QUESTION)
    with client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True) as stream:
        chunks = list(stream)
    pieces = [chunk.choices[0].delta.content or "" for chunk in chunks]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) > 8
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]
    assert all(chunk.usage is None for chunk in chunks)


def test_a_stream_ends_with_the_usage_when_asked(client: openai.OpenAI) -> None:
    whole = client.chat.completions.create(model=MODEL, messages=QUESTION)
    with client.chat.completions.create(
        model=MODEL, messages=QUESTION, stream=True, stream_options={"include_usage": True}
    ) as stream:
        *_, last = stream
    assert last.choices == []
    assert last.usage == whole.usage


async def test_the_async_client_streams(server: JupyterProcess) -> None:
    async with openai.AsyncOpenAI(base_url=server.url, api_key=server.key) as client:
        stream = await client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True)
        text = "".join([chunk.choices[0].delta.content or "" async for chunk in stream])
    assert text.startswith("MLX is")


def test_the_raw_response_carries_a_request_id(client: openai.OpenAI) -> None:
    raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=QUESTION)
    assert raw.headers["x-request-id"] == raw.parse().id


def test_no_model_means_the_default_one(http: httpx.Client) -> None:
    answer = http.post("/v1/chat/completions", json={"messages": QUESTION})
    assert answer.json()["model"] == MODEL


def test_every_parameter_that_is_listed_is_taken(client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(
        model="qwen3",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "Hello"}], "name": "me"},
        ],
        temperature=1.2,
        top_p=0.9,
        seed=7,
        stop=["never", "ever"],
        max_completion_tokens=6,
        n=3,
        logprobs=True,
        top_logprobs=2,
        logit_bias={"65": 1},
        frequency_penalty=0.5,
        presence_penalty=0.5,
        user="someone",
        response_format={"type": "text"},
        extra_body={
            "top_k": 50,
            "min_p": 0.01,
            "repetition_penalty": 1.1,
            "enable_thinking": False,
            "chat_template_kwargs": {"add_something": 1},
        },
    )
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    for choice in answer.choices:
        assert choice.logprobs is not None
        assert all(len(one.top_logprobs) == 2 for one in choice.logprobs.content or [])
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 18


def test_choices_are_streamed_beside_each_other(client: openai.OpenAI) -> None:
    with client.chat.completions.create(
        model="qwen3", messages=QUESTION, n=3, max_tokens=5, stream=True
    ) as stream:
        finishes = {c.index: c.finish_reason for chunk in stream for c in chunk.choices}
    assert finishes == {0: "length", 1: "length", 2: "length"}


def test_the_same_seed_gives_the_same_answer(client: openai.OpenAI) -> None:
    def ask(seed: int) -> str | None:
        answer = client.chat.completions.create(
            model="qwen3", messages=QUESTION, seed=seed, temperature=1.5, max_tokens=12
        )
        return answer.choices[0].message.content

    assert ask(11) == ask(11)
    assert ask(11) != ask(12)


BAD_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"temperature": "hot"}, "temperature"),
    ({"temperature": 3}, "temperature"),
    ({"top_p": -1}, "top_p"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"max_tokens": 1.5}, "max_tokens"),
    ({"max_tokens": 3, "max_completion_tokens": 4}, "max_tokens"),
    ({"max_tokens": 10**6}, "max_tokens"),
    ({"n": 0}, "n"),
    ({"stop": ""}, "stop"),
    ({"top_logprobs": 2}, "top_logprobs"),
    ({"logprobs": True, "top_logprobs": 21}, "top_logprobs"),
    ({"logit_bias": {"-1": 1}}, "logit_bias"),
    ({"logit_bias": {"9999999": 1}}, "logit_bias"),
    ({"logit_bias": {"x": 1}}, "logit_bias"),
    ({"stop": ["x"] * 17}, "stop"),
    ({"messages": [{"role": "user", "content": "x", "refusal": "no"}]}, "messages[0].refusal"),
    ({"logit_bias": {"65": "x"}}, "logit_bias"),
    ({"top_k": 10**30}, "top_k"),
    ({"chat_template_kwargs": {"return_tensors": "pt"}}, "chat_template_kwargs"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "alien", "content": "x"}]}, "messages[0].role"),
    ({"messages": [{"role": "user"}]}, "messages[0].content"),
    ({"messages": [{"role": "user", "content": [{"type": "x"}]}]}, "messages[0].content"),
    ({"no_such_parameter": 1}, "no_such_parameter"),
    ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
]


@pytest.mark.parametrize(("change", "param"), BAD_FIELDS, ids=[str(c)[:60] for c, _ in BAD_FIELDS])
@pytest.mark.parametrize("stream", [False, True])
def test_a_bad_field_is_a_400_that_names_it(
    client: openai.OpenAI, change: dict[str, Any], param: str, stream: bool
) -> None:
    body = {"messages": QUESTION, "model": MODEL, "stream": stream} | change
    messages = body.pop("messages")
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=messages, extra_body=body)
    assert caught.value.param == param
    assert param.rpartition(".")[2].partition("[")[0] in str(caught.value)


def test_a_text_that_cannot_fit_is_refused_before_it_is_tokenized(client: openai.OpenAI) -> None:
    endless: Any = [{"role": "user", "content": "a " * 500_000}]
    with pytest.raises(openai.BadRequestError, match="1000000 characters") as caught:
        client.chat.completions.create(model=MODEL, messages=endless)
    assert (caught.value.param, caught.value.code) == ("messages", "context_length_exceeded")


def test_stream_options_without_a_stream_are_refused(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(
            model=MODEL, messages=QUESTION, extra_body={"stream_options": {"include_usage": True}}
        )
    assert caught.value.param == "stream_options"


@pytest.mark.parametrize("seed", [-1, 2**63, 10**30])
def test_any_whole_number_is_a_seed(client: openai.OpenAI, seed: int) -> None:
    client.chat.completions.create(model=MODEL, messages=QUESTION, seed=seed, max_tokens=1)


def test_a_value_that_cannot_be_passed_on_is_a_400(client: openai.OpenAI) -> None:
    huge = {"chat_template_kwargs": {"x": 10**30}}
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model=MODEL, messages=QUESTION, extra_body=huge)


def test_a_missing_field_is_named(http: httpx.Client) -> None:
    answer = http.post("/v1/chat/completions", json={"model": MODEL})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "messages"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b'"x"'])
def test_a_body_that_is_no_object_is_a_400(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/chat/completions", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_too_large_is_a_413(http: httpx.Client) -> None:
    answer = http.post("/v1/chat/completions", content=b" " * (17 * 2**20))
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "request_too_large"


def test_an_image_to_a_text_model_is_refused(client: openai.OpenAI) -> None:
    image: Any = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    with pytest.raises(openai.BadRequestError, match=r"'demo/chat' does not support vision"):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": [image]}])


def test_a_model_of_another_kind_is_refused_with_the_reason(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="kind embedding"):
        client.chat.completions.create(model="demo/embed", messages=QUESTION)


def test_an_unknown_model_is_a_404_that_must_not_be_retried(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="demo/chat") as caught:
        client.chat.completions.create(model="demo/chatt", messages=QUESTION)
    assert caught.value.code == "model_not_found"
    assert caught.value.response.headers["x-should-retry"] == "false"


def test_a_template_that_refuses_is_a_400(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model=MODEL, messages=QUESTION, extra_body={"chat_template_kwargs": {"messages": 1}}
        )
