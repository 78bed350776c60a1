"""`POST v1/models/switch`."""

from __future__ import annotations

import httpx
import pytest

from tests.server.pool_server import error


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def test_a_switch_says_who_left_and_what_that_gave(tight: httpx.Client) -> None:
    loaded = tight.post("/admin/models/load/llama?pin=false").json()
    answer = tight.post("/v1/models/switch", params={"target_model": "qwen3"}).json()
    assert (answer["status"], answer["model"]) == ("success", "qwen3")
    assert answer["unloaded_models"] == ["llama"]
    memory = answer["memory_info"]
    assert memory["freed_gb"] * 10**9 == loaded["size_bytes"]
    assert memory["required_gb"] > 0
    assert memory["available_before_gb"] < 0.5
    assert tight.get("/v1/models/qwen3").json()["pinned"] is False


def test_a_switch_by_its_body(tight: httpx.Client) -> None:
    body = {"target_model": "llama", "policy": "lru"}
    assert tight.post("/v1/models/switch", json=body).json()["status"] == "success"
    assert tight.post("/v1/models/switch", json=body).json()["status"] == "already_loaded"


def test_a_switch_that_cannot_be_leaves_everything_as_it_is(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    answer = tight.post("/v1/models/switch?target_model=qwen3")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    refused = error(answer)
    assert refused["code"] == "insufficient_memory"
    assert refused["freed_gb"] == 0.0
    assert refused["required_gb"] * 10**9 == refused["plan"]["needed_bytes"]
    assert refused["available_gb"] <= refused["total_available_gb"]
    assert refused["plan"]["fits"] is False
    assert tight.get("/v1/models/llama").json()["state"] == "ready"


@pytest.mark.parametrize(
    ("query", "status", "param"),
    [
        ("", 400, "target_model"),
        ("?target_model=llama&policy=newest", 400, "policy"),
        ("?target_model=lama", 404, "model"),
    ],
)
def test_what_is_wrong_is_named(tight: httpx.Client, query: str, status: int, param: str) -> None:
    answer = tight.post(f"/v1/models/switch{query}")
    assert (answer.status_code, error(answer)["param"]) == (status, param)


def test_a_switch_is_a_post(tight: httpx.Client) -> None:
    answer = tight.get("/v1/models/switch?target_model=llama")
    assert answer.status_code == 405
    assert error(answer)
