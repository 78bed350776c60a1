from __future__ import annotations

import httpx
import openai
import pytest

DEFAULTS = {"text": "demo/chat", "vision": "demo/vision", "embedding": "demo/embed"}


def test_the_list_has_every_local_model_with_its_kind(client: openai.OpenAI) -> None:
    kinds = {model.id: model.kind for model in client.models.list()}  # type: ignore[attr-defined]
    assert kinds["demo/chat"] == "text"
    assert kinds["demo/vision"] == "vision"
    assert kinds["demo/embed"] == "embedding"
    assert {"llama", "qwen3", "mistral", "gemma2"} <= kinds.keys()


def test_one_model_by_an_id_with_a_slash(client: openai.OpenAI) -> None:
    model = client.models.retrieve("demo/chat")
    assert model.id == "demo/chat"
    assert model.family == "qwen"  # type: ignore[attr-defined]
    assert model.context_length == 2048  # type: ignore[attr-defined]


def test_the_state_and_the_measured_size_follow_a_load(http: httpx.Client) -> None:
    http.post("/admin/models/unload/mistral")
    before = http.get("/v1/models/mistral").json()
    body = {"model": "mistral", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}
    assert http.post("/v1/chat/completions", json=body).status_code == 200
    after = http.get("/v1/models/mistral").json()
    assert (before["state"], after["state"]) == ("absent", "ready")
    assert before["size_bytes"] == after["size_bytes"]


def test_an_unknown_model_is_a_404(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("no/such/model")


@pytest.mark.parametrize(
    "model", ["../../etc/passwd", "/etc", "a%00b", "..%2f..", "llama%2f..%2fqwen3"]
)
def test_an_id_is_no_way_out_of_the_folders(http: httpx.Client, model: str) -> None:
    request = http.build_request("GET", "/v1/models/x")
    request.url = request.url.copy_with(raw_path=request.url.raw_path[:-1] + model.encode())
    assert http.send(request).status_code in (400, 404)


def test_unloading_gives_the_memory_back_and_twice_is_a_404(http: httpx.Client) -> None:
    body = {"model": "gemma2", "max_tokens": 1, "messages": [{"role": "user", "content": "x"}]}
    http.post("/v1/chat/completions", json=body)
    assert http.post("/admin/models/unload/gemma2").json()["status"] == "unloaded"
    again = http.post("/admin/models/unload/gemma2")
    assert again.status_code == 404
    assert again.json()["error"]["message"] == "Model 'gemma2' is not loaded."


def test_health_can_do_without_asking_the_models(http: httpx.Client) -> None:
    asked, unasked = http.get("/health").json(), http.get("/health?ping=false").json()
    assert asked["defaults"] == unasked["defaults"] == DEFAULTS
    assert [one["pid"] for one in asked["workers"]] == [one["pid"] for one in unasked["workers"]]
    assert http.get("/health?ping=maybe").json()["error"]["param"] == "ping"
