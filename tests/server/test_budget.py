"""A budget in which two of four models fit: who waits, who is refused, and that it holds."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from mlx_jupyter.wire.pool import (
    PlanReport,
    PoolStatus,
)
from tests.jupyter_process import JupyterProcess, jupyter
from tests.models import build
from tests.waiting import wait_for

BUDGET = 1_300_000
SENTENCE = re.compile(
    r"Insufficient memory: need \d+\.\d+ GB, only \d+\.\d+ GB available after eviction"
)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four of about 0.45 MB each, and one that fits nowhere."""
    folder = tmp_path_factory.mktemp("pool-models")
    build(folder, "llama", "qwen3", "gemma2")
    build(folder / "more", "llama")
    build(folder / "huge", "llama", hidden=256)
    return folder


@pytest.fixture(scope="module")
def small(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    arguments = [
        f"--MLXJupyter.model_dirs={json.dumps([str(models)])}",
        f"--MLXJupyter.memory_limit={BUDGET}",
        "--MLXJupyter.queue_timeout=6",
        "--MLXJupyter.max_queue=2",
        "--MLXJupyter.allow_downloads=False",
    ]
    with jupyter(tmp_path_factory.mktemp("pool-jupyter"), arguments) as process:
        yield process


@pytest.fixture
def pool(small: JupyterProcess) -> Iterator[httpx.Client]:
    """Empty before and after."""
    with small.http() as http:
        yield http
        for model, state in http.get("/v1/models/status").json()["models"].items():
            if state["status"] != "unloaded":
                http.post(f"/admin/models/unload/{model}?force=true")


def chat(http: httpx.Client, model: str, max_tokens: int = 4, **more: Any) -> httpx.Response:
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    return http.post("/v1/chat/completions", json=body | {"max_tokens": max_tokens} | more)


def status(http: httpx.Client) -> PoolStatus:
    return msgspec.json.decode(http.get("/v1/models/status").content, type=PoolStatus)


def running(http: httpx.Client) -> set[str]:
    models = status(http).models
    return {model for model, one in models.items() if one.status == "running"}


def plan(http: httpx.Client, model: str) -> PlanReport:
    answer = http.get("/admin/models/plan", params={"model": model})
    return msgspec.json.decode(answer.content, type=PlanReport)


@contextmanager
def held(http: httpx.Client, model: str) -> Iterator[None]:
    """The model's worker stands still, and whoever asks it waits."""
    workers = http.get("/health").json()["workers"]
    pid = next(one["pid"] for one in workers if one["model"] == model)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_when_both_are_pinned_a_third_is_a_503_with_the_plan_and_nothing_leaves(
    pool: httpx.Client,
) -> None:
    for model in ("llama", "qwen3"):
        pool.post(f"/admin/models/load/{model}")
    foretold = plan(pool, "gemma2")
    assert not foretold.fits
    refused = pool.post("/admin/models/load/gemma2")
    error = refused.json()["error"]
    assert refused.status_code == 503
    assert SENTENCE.search(error["message"])
    assert "Pinned: llama, qwen3" in error["message"]
    assert error["code"] == "insufficient_memory"
    assert int(refused.headers["retry-after"]) > 0
    assert "x-should-retry" not in refused.headers
    assert msgspec.convert(error["plan"], PlanReport).pinned == ["llama", "qwen3"]
    assert error["plan"] == msgspec.to_builtins(foretold)
    assert running(pool) == {"llama", "qwen3"}


def test_what_never_fits_is_another_error_that_no_client_repeats(pool: httpx.Client) -> None:
    chat(pool, "llama")
    refused = chat(pool, "huge/llama")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "exceeds_memory_limit")
    assert refused.headers["x-should-retry"] == "false"
    assert "retry-after" not in refused.headers
    assert running(pool) == {"llama"}


def test_an_answer_whose_keys_and_values_never_fit_is_refused_at_once(
    pool: httpx.Client,
) -> None:
    chat(pool, "llama")
    refused = chat(pool, "llama", max_tokens=2000)
    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "exceeds_memory_limit"
    assert chat(pool, "llama").status_code == 200


def test_a_request_only_for_a_loaded_model_neither_loads_nor_evicts(pool: httpx.Client) -> None:
    for model in ("llama", "qwen3"):
        chat(pool, model)
    absent = chat(pool, "gemma2", only_loaded=True)
    long = chat(pool, "llama", max_tokens=1400, only_loaded=True)  # fits once qwen3 has left
    for refused in (absent, long):
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "model_not_loaded")
    assert chat(pool, "llama", only_loaded=True).status_code == 200
    assert running(pool) == {"llama", "qwen3"}


def test_two_models_that_fit_alone_but_not_together_are_served_one_after_the_other(
    small: JupyterProcess, pool: httpx.Client
) -> None:
    pool.post("/admin/models/load/llama")  # leaves room for one more
    with ThreadPoolExecutor() as threads:
        both = [threads.submit(chat, pool, model) for model in ("qwen3", "gemma2")]
        assert [answer.result().status_code for answer in both] == [200, 200]


def test_a_request_waits_for_a_busy_model_and_says_for_which(
    small: JupyterProcess, pool: httpx.Client
) -> None:
    pool.post("/admin/models/load/llama")
    chat(pool, "qwen3")
    body = {"model": "gemma2", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
    with ThreadPoolExecutor() as threads, small.http() as other:
        with held(pool, "qwen3"):
            busy = threads.submit(chat, pool, "qwen3")
            wait_for(lambda: status(pool).models["qwen3"].in_use)
            assert plan(pool, "gemma2").wait_for == ["qwen3"]
            request = other.build_request("POST", "/v1/chat/completions", json=body)
            waits = other.send(request, stream=True)
            lines = waits.iter_lines()
            first = next(lines)
            assert '"stage":"queued"' in first
            assert '"wait_for":["qwen3"]' in first
        assert busy.result().status_code == 200
        assert [line for line in lines if line.startswith("data:")][-1] == "data: [DONE]"
        waits.close()


def test_who_waits_for_too_long_and_who_is_one_too_many_get_a_429(
    small: JupyterProcess, pool: httpx.Client
) -> None:
    pool.post("/admin/models/load/llama")
    chat(pool, "qwen3")
    with ThreadPoolExecutor() as threads:
        with held(pool, "qwen3"):
            busy = threads.submit(chat, pool, "qwen3")
            wait_for(lambda: status(pool).models["qwen3"].in_use)
            waiting = [threads.submit(chat, pool, "gemma2") for _ in range(2)]
            wait_for(lambda: len(pool.get("/admin/models/status").json()["queue"]) == 2)
            crowd = chat(pool, "gemma2")
            assert (crowd.status_code, crowd.json()["error"]["code"]) == (429, "queue_full")
            assert int(crowd.headers["retry-after"]) > 0
            late = waiting[0].result()
            assert (late.status_code, late.json()["error"]["code"]) == (429, "queue_timeout")
            assert late.json()["error"]["plan"]["wait_for"] == ["qwen3"]
        assert busy.result().status_code == 200


def test_a_storm_over_four_models_ends_well_and_stays_in_the_budget(
    small: JupyterProcess, models: Path, tmp_path: Path
) -> None:
    """Two fit. Every answer is right, the queue loses nobody, and the sum of the readings is never
    above the budget."""
    names = ["llama", "qwen3", "gemma2", "more/llama"]
    arguments = [
        f"--MLXJupyter.model_dirs={json.dumps([str(models)])}",
        f"--MLXJupyter.memory_limit={BUDGET}",
        "--MLXJupyter.spare_workers=1",
    ]
    with jupyter(tmp_path, arguments) as server, server.http() as http:
        right = {name: text(chat(http, name, 6, temperature=0)) for name in names}
        over: list[int] = []
        done = threading.Event()

        def watch() -> None:
            with server.http() as watcher:
                while not done.wait(0.02):
                    shown = watcher.get("/admin/models/status").json()
                    readings = [one["reading"] for one in shown["workers"] if one["reading"]]
                    used = sum(reading["active_bytes"] for reading in readings)
                    booked = shown["ledger"]["booked_bytes"]
                    over.extend(one for one in (used, booked) if one > BUDGET)

        def client(number: int) -> list[str]:
            order = names[number % 4 :] + names[: number % 4]
            with server.http() as own:
                own.headers["X-MLX-Client"] = f"kernel-{number}"
                return [
                    name for name in order if text(chat(own, name, 6, temperature=0)) != right[name]
                ]

        with ThreadPoolExecutor() as threads:
            watching = threads.submit(watch)
            wrong = [one for found in threads.map(client, range(8)) for one in found]
            done.set()
            watching.result()
        assert wrong == []
        assert over == []
        assert len(running(http)) <= 2


def text(answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["choices"][0]["message"]["content"])
