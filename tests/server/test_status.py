"""`v1/models/status`, `admin/models/status` and `admin/models/plan`, in the shapes of `wire`."""

from __future__ import annotations

import os
import signal

import httpx
import msgspec
import pytest

from mlx_jupyter.wire.pool import AdminStatus, ModelStatus, PlanReport, PoolStatus
from tests.server.pool_server import SHORT, error, generating
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def status(http: httpx.Client) -> PoolStatus:
    return msgspec.json.decode(http.get("/v1/models/status").content, type=PoolStatus)


def of(http: httpx.Client, model: str) -> ModelStatus:
    return status(http).models[model]


def admin(http: httpx.Client) -> AdminStatus:
    return msgspec.json.decode(http.get("/admin/models/status").content, type=AdminStatus)


def plan(http: httpx.Client, model: str) -> PlanReport:
    answer = http.get("/admin/models/plan", params={"model": model})
    return msgspec.json.decode(answer.content, type=PlanReport)


def test_every_local_model_is_there_with_its_size(tight: httpx.Client) -> None:
    models = status(tight).models
    assert {"llama", "qwen3", "demo/chat", "demo/vision", "demo/embed"} <= models.keys()
    assert models["demo/vision"].kind == "vision"
    assert models["llama"].status == "unloaded"
    assert models["llama"].size_gb * 10**9 == tight.get("/v1/models/llama").json()["size_bytes"]


def test_a_model_that_runs_holds_what_the_ledger_says(tight: httpx.Client) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    shown, memory = of(tight, "llama"), status(tight).memory
    assert (shown.status, shown.health, shown.in_use) == ("running", "healthy", False)
    assert 0 < shown.memory_used_gb <= memory.used_gb
    assert memory.limit_gb == 0.5
    assert memory.used_gb + memory.available_gb == pytest.approx(memory.limit_gb)
    assert shown.last_used is not None


def test_what_a_worker_keeps_of_prompts_is_beside_what_the_model_holds(
    tight: httpx.Client,
) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    wait_for(lambda: of(tight, "llama").prompt_cache_gb > 0)  # a reading follows the answer
    shown, memory = of(tight, "llama"), status(tight).memory
    (kept,) = admin(tight).prompt_caches
    assert shown.prompt_cache_gb * 10**9 == pytest.approx(kept.prompt_cache_bytes)
    assert memory.cached_gb >= shown.prompt_cache_gb
    assert shown.image_cache_gb == 0


def test_a_model_that_answers_is_in_use(tight: httpx.Client) -> None:
    with generating(tight, "llama"):
        shown = of(tight, "llama")
    assert (shown.in_use, shown.requests) == (True, 1)


def test_a_model_whose_worker_died_is_failed_until_it_is_unloaded(tight: httpx.Client) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    (worker,) = [one for one in admin(tight).workers if one.model == "llama"]
    os.kill(worker.pid, signal.SIGKILL)
    wait_for(lambda: of(tight, "llama").status == "failed")
    failed = of(tight, "llama")
    assert failed.health == "unhealthy"
    assert "SIGKILL" in (failed.last_error or "")
    assert tight.get("/health").json()["healthy"] is False
    assert tight.post("/admin/models/unload/llama").status_code == 200
    assert of(tight, "llama").status == "unloaded"
    assert tight.get("/health").json()["healthy"] is True


def test_the_administrators_picture_adds_up(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    seen = admin(tight)
    (slot,) = [slot for slot in seen.slots if slot.state == "ready"]
    assert (slot.model, slot.pinned_by) == ("llama", ["user"])
    assert seen.ledger.booked_bytes + seen.ledger.free_bytes == seen.ledger.budget_bytes
    assert seen.ledger.resident_bytes == slot.booked_bytes
    (worker,) = [one for one in seen.workers if one.model == "llama"]
    assert worker.alive
    assert worker.rss_bytes is not None
    assert worker.reading is not None


def test_who_waits_is_in_the_queue_and_for_whom(tight: httpx.Client) -> None:
    waiting = SHORT | {"model": "qwen3", "stream": True}
    with (
        generating(tight, "llama"),
        tight.stream("POST", "/v1/chat/completions", json=waiting) as stream,
    ):
        lines = stream.iter_lines()
        assert '"stage":"queued"' in next(lines)
        (queued,) = admin(tight).queue
        assert (queued.model, queued.wait_for) == ("qwen3", ["llama"])
        assert of(tight, "qwen3").status == "loading"


def test_a_plan_is_what_a_load_then_does(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama?pin=false")
    planned = plan(tight, "qwen3")
    assert (planned.fits, planned.resident) == (True, False)
    loaded = tight.post("/admin/models/load/qwen3").json()
    assert planned.evict == loaded["unloaded_models"] == ["llama"]
    assert planned.needed_bytes == loaded["size_bytes"]
    assert plan(tight, "qwen3").resident is True


def test_a_plan_and_a_refusal_agree(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    planned = tight.get("/admin/models/plan?model=qwen3").json()
    refused = error(tight.post("/admin/models/load/qwen3"))
    assert planned["fits"] is False
    assert planned["reason"] == refused["message"]
    same = planned.keys() - {"estimated_load_time_seconds"}
    assert {key: planned[key] for key in same} == {key: refused["plan"][key] for key in same}


@pytest.mark.parametrize(("query", "code"), [("", 400), ("?model=lama", 404)])
def test_a_plan_is_for_a_model_that_can_be_loaded(
    tight: httpx.Client, query: str, code: int
) -> None:
    answer = tight.get(f"/admin/models/plan{query}")
    assert (answer.status_code, error(answer)["param"]) == (code, "model")
