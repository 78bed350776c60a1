"""Jupyter's `/metrics`, as Prometheus reads it from a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.jupyter_process import JupyterProcess
from tests.server.images.pictures import circle, part, question
from tests.server.pool_server import SHORT, events, generating
from tests.waiting import wait_for

Key = tuple[str, frozenset[tuple[str, str]]]


@dataclass
class Scrape:
    samples: dict[Key, float]

    def __call__(self, name: str, **labels: str) -> float:
        return self.samples.get((f"mlx_jupyter_{name}", frozenset(labels.items())), 0.0)


Look = Callable[[], Scrape]


@pytest.fixture(scope="session")
def prometheus(tight_server: JupyterProcess) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"token {tight_server.token}"}
    with httpx.Client(base_url=tight_server.origin, headers=headers, trust_env=False) as made:
        yield made


@pytest.fixture
def look(prometheus: httpx.Client) -> Look:
    return lambda: scrape(prometheus)


@pytest.fixture(autouse=True)
def _unpinned(tight: httpx.Client) -> None:
    """What is loaded may stay: it makes room for what a test asks for."""
    for slot in tight.get("/admin/models/status").json()["slots"]:
        if slot["pinned_by"]:
            tight.post(f"/admin/models/unpin/{slot['model']}")


@pytest.fixture
def empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def scrape(prometheus: httpx.Client) -> Scrape:
    return Scrape(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(prometheus.get("metrics").text)
            for sample in family.samples
            if family.name.startswith("mlx_jupyter")
        }
    )


def test_a_stranger_may_not_look(prometheus: httpx.Client) -> None:
    answer = prometheus.get("metrics", headers={"Authorization": "token wrong"})
    assert answer.status_code == 403


class Growth:
    """What has been counted since it was made."""

    def __init__(self, look: Look) -> None:
        self._look, self._before = look, look()

    def __call__(self, name: str, **labels: str) -> float:
        return self._look()(name, **labels) - self._before(name, **labels)

    def requests(self, route: str, model: str, outcome: str) -> float:
        return self("requests_total", route=route, model=model, outcome=outcome)


@pytest.fixture
def grown(look: Look) -> Growth:
    return Growth(look)


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_counted_as_its_usage_says(
    tight: httpx.Client, grown: Growth, stream: bool
) -> None:
    asked = SHORT | {"model": "llama", "stream": stream}
    if stream:
        asked["stream_options"] = {"include_usage": True}
    answer = tight.post("/v1/chat/completions", json=asked)
    usage = (events(answer.text)[-1] if stream else answer.json())["usage"]
    assert grown.requests("chat", "llama", "success") == 1
    assert grown("prompt_tokens_total", model="llama") == usage["prompt_tokens"]
    assert grown("generated_tokens_total", model="llama") == usage["completion_tokens"]


@pytest.mark.usefixtures("empty")
def test_a_load_and_the_wait_for_it_are_timed(tight: httpx.Client, grown: Growth) -> None:
    tight.post("/v1/completions", json={"model": "llama", "prompt": "Hi", "max_tokens": 1})
    assert grown("loads_total", outcome="success") == 1
    names = ("load_seconds", "queue_wait_seconds", "time_to_first_token_seconds")
    assert [grown(f"{name}_count", model="llama") for name in names] == [1, 1, 1]
    load, wait, first = (grown(f"{name}_sum", model="llama") for name in names)
    assert 0 < load <= wait < first


def test_texts_are_counted_too(tight: httpx.Client, grown: Growth) -> None:
    texts = ["A cat.", "A rocket flies."]
    made = tight.post("/v1/embeddings", json={"model": "demo/embed", "input": texts})
    ranked = tight.post("/v1/rerank", json={"query": "animal", "documents": texts})
    tokens = [answer.json()["usage"]["prompt_tokens"] for answer in (made, ranked)]
    assert grown("prompt_tokens_total", model="demo/embed") == sum(tokens)
    routes = ("embeddings", "rerank")
    assert [grown.requests(route, "demo/embed", "success") for route in routes] == [1, 1]


@pytest.mark.usefixtures("empty")
def test_what_was_known_of_prompts_is_counted_as_their_usage_says(
    tight: httpx.Client, grown: Growth
) -> None:
    prompts = ["A beginning that both of them share, word for word: " * 3 + end for end in "ab"]
    asked = {"model": "llama", "prompt": prompts, "max_tokens": 1}
    usages = [tight.post("/v1/completions", json=asked).json()["usage"] for _ in range(2)]
    known = sum(usage["prompt_tokens_details"]["cached_tokens"] for usage in usages)
    assert known > usages[0]["prompt_tokens"] // 2
    assert grown("cached_tokens_total", model="llama", cache="prompts") == known
    tokens = sum(usage["prompt_tokens"] for usage in usages)
    assert grown("prompt_tokens_total", model="llama") == tokens, "known ones are in it"


@pytest.mark.usefixtures("empty")
def test_what_a_draft_wrote_is_counted_by_what_became_of_it(
    tight: httpx.Client, grown: Growth
) -> None:
    asked = SHORT | {"model": "llama", "draft_model": "llama", "max_tokens": 12}
    usage = tight.post("/v1/chat/completions", json=asked).raise_for_status().json()["usage"]
    details = usage["completion_tokens_details"]
    assert details["accepted_prediction_tokens"] > 0
    for outcome in ("accepted", "rejected"):
        counted = grown("drafted_tokens_total", model="llama", outcome=outcome)
        assert counted == details[f"{outcome}_prediction_tokens"]


@pytest.mark.usefixtures("empty")
def test_caches_are_shown_by_model_and_leave_with_it(tight: httpx.Client, look: Look) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"}).raise_for_status()
    wait_for(lambda: look()("model_cache_bytes", model="llama", cache="prompts") > 0)
    (kept,) = tight.get("/admin/models/status").json()["prompt_caches"]
    seen = look()
    fields = {"prompts": "prompt_cache_bytes", "pictures": "image_cache_bytes"}
    for cache, name in fields.items():
        assert seen("model_cache_bytes", model="llama", cache=cache) == kept[name]
    assert seen("prompt_cache_limit_bytes", model="llama") == kept["max_bytes"] > 0
    tight.post("/admin/models/unload/llama").raise_for_status()
    gone = [name for name, _ in look().samples if "_cache_" in name]
    assert gone == []


@pytest.mark.usefixtures("empty")
def test_pictures_that_were_known_are_counted_and_their_features_shown(
    tight: httpx.Client, grown: Growth, look: Look
) -> None:
    asked = {"model": "demo/vision", "messages": question(part(circle()), "What is in it?")}
    answers = [tight.post("/v1/chat/completions", json=asked).json() for _ in range(2)]
    known = [one["usage"]["prompt_tokens_details"]["cached_image_tokens"] for one in answers]
    assert known[1] > 0
    assert grown("cached_tokens_total", model="demo/vision", cache="pictures") == sum(known)
    assert look()("model_cache_bytes", model="demo/vision", cache="pictures") > 0
    assert look()("memory_bytes", part="pictures") > 0


def test_the_gauges_are_what_the_administrator_sees(tight: httpx.Client, look: Look) -> None:
    with generating(tight, "llama"):
        seen, status = look(), tight.get("/admin/models/status").json()
    ledger, (slot,) = status["ledger"], [s for s in status["slots"] if s["state"] == "ready"]
    assert seen("models", state="ready") == 1
    assert seen("requests_in_progress", model="llama") == slot["leases"] == 1
    assert seen("memory_bytes", part="kv") > 0
    for name in ("budget", "reserved", "resident"):
        assert seen("memory_bytes", part=name) == ledger[f"{name}_bytes"]
    assert seen("model_memory_bytes", model="llama") == seen("memory_bytes", part="booked")


def test_who_waits_is_in_the_queue(tight: httpx.Client, look: Look) -> None:
    waiting = SHORT | {"model": "qwen3", "stream": True}
    with (
        generating(tight, "llama"),
        tight.stream("POST", "/v1/chat/completions", json=waiting) as stream,
    ):
        lines = stream.iter_lines()
        assert '"stage":"queued"' in next(lines)
        assert look()("queue_requests") == 1


def test_a_client_that_goes_away_is_a_request_that_was_cancelled(
    tight: httpx.Client, grown: Growth
) -> None:
    with generating(tight, "llama") as lines:
        assert any('"content":"' in line and '"content":""' not in line for line in lines)
    wait_for(lambda: grown.requests("chat", "llama", "cancelled") == 1)
    assert grown("generated_tokens_total", model="llama") > 0
    assert grown.requests("chat", "llama", "success") == 0


def test_a_stream_that_breaks_is_a_request_that_failed(tight: httpx.Client, grown: Growth) -> None:
    with generating(tight, "llama") as lines:
        tight.post("/admin/models/unload/llama", params={"force": "true"})
        assert any('"error"' in line for line in lines)
    assert grown.requests("chat", "llama", "failed") == 1
    assert grown("evictions_total", cause="asked") == 1


@pytest.mark.usefixtures("empty")
def test_a_model_that_makes_room_is_counted(tight: httpx.Client, grown: Growth) -> None:
    for model in ("llama", "qwen3"):
        tight.post(f"/admin/models/load/{model}?pin=false")
    assert grown("evictions_total", cause="room") == 1


def test_what_is_refused_is_counted(tight: httpx.Client, grown: Growth) -> None:
    tight.post("/admin/models/load/llama")
    answer = tight.post("/v1/chat/completions", json=SHORT | {"model": "qwen3"})
    assert answer.status_code == 503
    assert grown.requests("chat", "qwen3", "refused") == 1


@pytest.mark.parametrize("model", ["never-heard-of", "org/never-heard-of"])
def test_a_name_that_is_no_model_becomes_no_label(
    prometheus: httpx.Client, tight: httpx.Client, grown: Growth, model: str
) -> None:
    answer = tight.post("/v1/chat/completions", json=SHORT | {"model": model})
    assert answer.status_code >= 400
    wrong = sum(grown.requests("chat", "", outcome) for outcome in ("invalid", "failed"))
    assert wrong == 1
    text = prometheus.get("metrics").text
    assert model not in text
