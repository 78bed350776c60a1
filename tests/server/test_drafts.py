"""A model that another one writes ahead for, and what workers may keep of prompts."""

from __future__ import annotations

import httpx
import pytest

from tests.server.pool_server import SHORT, error, generating


@pytest.fixture(autouse=True)
def nothing_loaded(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        if slot["state"] == "ready":
            tight.post(f"/admin/models/unload/{slot['model']}?force=true").raise_for_status()


def chat(http: httpx.Client, **fields: object) -> httpx.Response:
    return http.post("/v1/chat/completions", json=SHORT | {"model": "llama"} | fields)


def test_a_draft_that_does_not_exist_is_a_404_that_names_the_field(tight: httpx.Client) -> None:
    answer = chat(tight, draft_model="nowhere")
    assert (answer.status_code, error(answer)["param"]) == (404, "draft_model")


def test_a_draft_without_a_name_is_not_the_default_model(tight: httpx.Client) -> None:
    answer = chat(tight, draft_model="")
    assert (answer.status_code, error(answer)["param"]) == (400, "draft_model")


def test_a_draft_of_another_kind_is_refused_before_anything_is_loaded(tight: httpx.Client) -> None:
    answer = chat(tight, draft_model="demo/embed")
    assert (answer.status_code, error(answer)["param"]) == (400, "draft_model")
    assert "is of kind embedding" in error(answer)["message"]


def test_a_draft_with_other_tokens_is_a_400_that_names_both_and_harms_nobody(
    tight: httpx.Client,
) -> None:
    answer = chat(tight, draft_model="qwen3")
    assert (answer.status_code, error(answer)["param"]) == (400, "draft_model")
    assert error(answer)["type"] == "invalid_request_error"
    assert "'qwen3' cannot write ahead for 'llama'" in error(answer)["message"]
    assert "tokens" in error(answer)["message"]
    assert status(tight, "llama") == "unloaded"
    assert chat(tight).status_code == 200


def test_streams_go_on_while_another_draft_is_refused(tight: httpx.Client) -> None:
    with generating(tight, "llama", "streams") as lines:
        answer = chat(tight, draft_model="qwen3")
        assert (answer.status_code, error(answer)["param"]) == (400, "draft_model")
        assert status(tight, "llama") == "running"
        assert next(line for line in lines if line)
        tight.post("/admin/requests/streams/cancel")
    assert chat(tight).status_code == 200


def status(http: httpx.Client, model: str) -> str:
    return str(http.get("/v1/models/status").json()["models"][model]["status"])


def test_a_model_that_was_loaded_without_the_draft_says_what_to_do(tight: httpx.Client) -> None:
    assert chat(tight).status_code == 200
    answer = chat(tight, draft_model="llama")
    assert answer.status_code == 400
    assert "is loaded without a draft model, not with 'llama'" in error(answer)["message"]
    assert "draft_models" in error(answer)["message"]
    loads = tight.post("/admin/models/load/llama", json={"draft_model": "llama"})
    assert (loads.status_code, error(loads)["param"]) == (400, "draft_model")


def test_the_room_for_prompts_is_a_share_of_the_budget(tight: httpx.Client) -> None:
    chat(tight)
    status = tight.get("/admin/models/status").json()
    (cache,) = [one for one in status["prompt_caches"] if one["model"] == "llama"]
    assert cache["max_bytes"] == 0.1 * status["ledger"]["budget_bytes"]
    assert cache["prompt_cache_bytes"] <= cache["max_bytes"]
    assert status["ledger"]["cached_bytes"] >= cache["prompt_cache_bytes"]
    (slot,) = [one for one in status["slots"] if one["model"] == "llama"]
    assert (slot["draft"], slot["float32"], slot["kv_bits"]) == (None, False, None)


def test_a_draft_that_a_request_names_writes_ahead_and_the_text_is_the_same(
    tight: httpx.Client,
) -> None:
    alone = chat(tight, max_tokens=12, temperature=0).json()
    tight.post("/admin/models/unload/llama").raise_for_status()
    both = chat(tight, max_tokens=12, temperature=0, draft_model="llama").json()
    assert both["choices"][0]["message"] == alone["choices"][0]["message"]
    details = both["usage"]["completion_tokens_details"]
    assert details["accepted_prediction_tokens"] > 0
    assert "completion_tokens_details" not in alone["usage"]
