"""`v1/tokenize` and `v1/detokenize` through a real server."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.jupyter_process import JupyterProcess
from tests.server.pool_server import error, generating

ASKED = [{"role": "user", "content": "What is the capital of France? {x} \\frac 日本 😀"}]
WITH_SYSTEM = [{"role": "system", "content": "Be brief."}, *ASKED]


def tokenize(http: httpx.Client, model: str, **fields: Any) -> dict[str, Any]:
    answer = http.post("/v1/tokenize", json={"model": model, **fields})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def states(http: httpx.Client) -> dict[str, str]:
    slots = http.get("/admin/models/status").json()["slots"]
    return {slot["model"]: slot["state"] for slot in slots if slot["state"] != "absent"}


def prompt_tokens(http: httpx.Client, model: str, **fields: Any) -> int:
    body = {"model": model, "max_tokens": 1, **fields}
    return int(http.post("/v1/chat/completions", json=body).json()["usage"]["prompt_tokens"])


@pytest.fixture
def empty(http: httpx.Client) -> httpx.Client:
    for model in states(http):
        http.post(f"/admin/models/unload/{model}?force=true")
    return http


@pytest.mark.parametrize("model", ["demo/chat", "demo/vision", "qwen3", "mistral"])
def test_the_tokens_are_those_of_a_chat_whether_the_model_is_loaded_or_not(
    empty: httpx.Client, model: str
) -> None:
    before = [tokenize(empty, model, messages=said) for said in (ASKED, WITH_SYSTEM)]
    assert states(empty) == {}
    used = [prompt_tokens(empty, model, messages=said) for said in (ASKED, WITH_SYSTEM)]
    assert [one["count"] for one in before] == used
    assert all(len(one["tokens"]) == one["count"] for one in before)
    after = [tokenize(empty, model, messages=said) for said in (ASKED, WITH_SYSTEM)]
    assert after == before


def test_the_templates_options_count(empty: httpx.Client) -> None:
    plain = tokenize(empty, "qwen3", messages=ASKED)["count"]
    options = {"chat_template_kwargs": {"enable_thinking": False}}
    without = tokenize(empty, "qwen3", messages=ASKED, **options)["count"]
    assert without == tokenize(empty, "qwen3", messages=ASKED, enable_thinking=False)["count"]
    assert without == prompt_tokens(empty, "qwen3", messages=ASKED, **options)
    assert without > plain
    open_end = tokenize(empty, "qwen3", messages=ASKED, add_generation_prompt=False)["count"]
    assert open_end < plain


def test_a_text_is_what_a_completion_reads(empty: httpx.Client) -> None:
    text = "Hello world!"
    found = tokenize(empty, "llama", prompt=text, return_token_strs=True)
    body = {"model": "llama", "prompt": text, "max_tokens": 1}
    used = empty.post("/v1/completions", json=body).json()["usage"]["prompt_tokens"]
    assert found["count"] == used
    assert found["token_strs"][0] == "<|begin_of_text|>"
    bare = tokenize(empty, "llama", prompt=text, add_special_tokens=False)
    assert bare["tokens"] == found["tokens"][1:]
    assert bare["token_strs"] is None
    assert found["max_model_len"] == 2048


def test_a_text_for_vectors_has_its_special_tokens(empty: httpx.Client) -> None:
    text = "What is MLX?"
    before = tokenize(empty, "demo/embed", prompt=text)
    used = empty.post("/v1/embeddings", json={"input": text}).json()["usage"]["prompt_tokens"]
    assert before["count"] == used
    assert tokenize(empty, "demo/embed", prompt=text) == before
    answer = empty.post("/v1/tokenize", json={"model": "demo/embed", "messages": ASKED})
    assert error(answer)["code"] == "wrong_model_kind"


@pytest.mark.parametrize("model", ["demo/chat", "demo/embed"])
def test_there_and_back_is_the_same_text(http: httpx.Client, model: str) -> None:
    ids = tokenize(http, model, prompt="what is mlx?", add_special_tokens=False)["tokens"]
    answer = http.post("/v1/detokenize", json={"model": model, "tokens": ids})
    assert answer.json() == {"prompt": "what is mlx?"}


def test_more_than_the_context_is_counted(http: httpx.Client) -> None:
    found = tokenize(http, "llama", prompt="a b " * 1500)
    assert found["count"] > found["max_model_len"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "prompt"),
        ({"prompt": "a", "messages": ASKED}, "prompt"),
        ({"messages": []}, "messages"),
        ({"messages": ASKED, "add_special_tokens": True}, "add_special_tokens"),
        ({"prompt": "a", "add_generation_prompt": True}, "add_generation_prompt"),
        ({"prompt": "a", "tools": []}, "tools"),
        ({"prompt": ["a"]}, "prompt"),
        ({"prompt": "a b " * 400_000}, "prompt"),
        ({"messages": ASKED, "chat_template_kwargs": {"tokenize": False}}, "chat_template_kwargs"),
        ({"messages": ASKED, "chat_template_kwargs": {"x": 2**70}}, None),
    ],
)
def test_a_mistake_is_a_400_that_names_the_field(
    http: httpx.Client, body: dict[str, Any], param: str | None
) -> None:
    answer = http.post("/v1/tokenize", json={"model": "llama", **body})
    assert (answer.status_code, error(answer)["param"]) == (400, param)


def test_pictures_are_refused(http: httpx.Client) -> None:
    part = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    body = {"model": "demo/vision", "messages": [{"role": "user", "content": [part]}]}
    answer = http.post("/v1/tokenize", json=body)
    assert error(answer)["param"] == "messages[0].content[0].image_url"


@pytest.mark.parametrize("tokens", [[-1], [10**6], [2**40], ["a"], 7])
def test_an_id_that_is_none_is_a_400(http: httpx.Client, tokens: object) -> None:
    answer = http.post("/v1/detokenize", json={"model": "llama", "tokens": tokens})
    assert answer.status_code == 400
    assert error(answer)["param"].startswith("tokens")


@pytest.mark.parametrize("route", ["tokenize", "detokenize"])
def test_a_model_that_is_not_here_is_not_fetched(http: httpx.Client, route: str) -> None:
    body = {"prompt": "a"} if route == "tokenize" else {"tokens": [1]}
    answer = http.post(f"/v1/{route}", json={"model": "no/such-model", **body})
    assert answer.status_code == 404
    assert "There is no model 'no/such-model' here" in error(answer)["message"]


def test_without_the_key_nothing_is_counted(server: JupyterProcess) -> None:
    with server.http("wrong") as http:
        assert http.post("/v1/tokenize", json={"prompt": "a"}).status_code == 401


def test_nobody_leaves_for_it_and_who_answers_goes_on(tight: httpx.Client) -> None:
    with generating(tight, "llama", "beside") as lines:
        assert tokenize(tight, "llama", messages=ASKED)["count"] > 0
        assert tokenize(tight, "qwen3", messages=ASKED)["count"] > 0
        assert states(tight) == {"llama": "ready"}
        assert next(line for line in lines if line)
    tight.post("/admin/models/unload/llama?force=true")
