"""The routes that show and steer the pool, with a budget in which two of four models fit."""

from __future__ import annotations

import json
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psutil
import pytest

from mlx_jupyter.wire.pool import (
    AdminStatus,
    Loaded,
    PlanReport,
    PoolEvent,
    PoolStatus,
    SwitchResult,
)
from tests.jupyter_process import JupyterProcess, jupyter
from tests.models import build

BUDGET = 1_300_000
PATIENCE_SECONDS = 20
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
        "--MLXJupyter.queue_timeout=3",
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


def events(lines: Iterator[str]) -> Iterator[PoolEvent]:
    for line in lines:
        if line.startswith("data: {"):
            yield msgspec.json.decode(line.removeprefix("data: "), type=PoolEvent)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


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


class LongAnswer:
    """A stream that decodes for as long as the block lasts."""

    def __init__(self, server: JupyterProcess, model: str, request_id: str | None = None) -> None:
        self._http = server.http()
        headers = {"X-Request-Id": request_id} if request_id else {}
        body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
        body |= {"stream": True, "max_tokens": 200, "n": 1, "logit_bias": {}}
        self._stream = self._http.stream("POST", "/v1/chat/completions", json=body, headers=headers)

    def __enter__(self) -> Iterator[str]:
        lines = self._stream.__enter__().iter_lines()
        for line in lines:
            if '"content":"' in line and '"content":""' not in line:
                break
        return lines

    def __exit__(self, *error: object) -> None:
        self._stream.__exit__(*error)  # type: ignore[arg-type]
        self._http.close()


# --- status and plan ---------------------------------------------------------------------------


def test_status_lists_every_local_model_with_its_size_and_kind(pool: httpx.Client) -> None:
    shown = status(pool)
    llama = shown.models["llama"]
    assert (llama.status, llama.kind, llama.memory_used_gb) == ("unloaded", "text", 0)
    assert llama.size_gb == pool.get("/v1/models/llama").json()["size_bytes"] / 1e9
    assert shown.memory.limit_gb == BUDGET / 1e9
    assert shown.memory.total_gb > 1
    assert shown.models["demo/embed"].kind == "embedding"


def test_a_running_model_shows_what_it_holds_and_when_it_leaves(pool: httpx.Client) -> None:
    chat(pool, "llama", keep_alive="10m")
    shown = status(pool)
    llama = shown.models["llama"]
    assert (llama.status, llama.health, llama.in_use) == ("running", "healthy", False)
    assert llama.memory_used_gb >= llama.size_gb
    assert llama.keep_alive_seconds == 600
    assert llama.last_used is not None
    assert llama.expires_at is not None
    assert 590 < llama.expires_at - llama.last_used < 610
    assert shown.memory.used_gb == pytest.approx(llama.memory_used_gb)
    assert shown.memory.available_gb == pytest.approx(shown.memory.limit_gb - shown.memory.used_gb)


def test_admin_status_has_ledger_workers_and_readings(pool: httpx.Client) -> None:
    chat(pool, "llama")
    shown = msgspec.json.decode(pool.get("/admin/models/status").content, type=AdminStatus)
    worker = next(one for one in shown.workers if one.model == "llama")
    assert worker.reading is not None
    assert worker.rss_bytes is not None
    assert worker.rss_bytes > worker.reading.active_bytes
    assert psutil.pid_exists(worker.pid)
    assert shown.ledger.budget_bytes == BUDGET
    assert shown.ledger.booked_bytes + shown.ledger.free_bytes == BUDGET
    (slot,) = [slot for slot in shown.slots if slot.state == "ready"]
    assert slot.booked_bytes == shown.ledger.booked_bytes


def test_a_plan_evicts_what_the_load_then_evicts(pool: httpx.Client) -> None:
    chat(pool, "llama")
    chat(pool, "qwen3")
    assert plan(pool, "llama").resident
    promised = plan(pool, "gemma2")
    assert promised.fits
    assert promised.evict == ["llama"]
    assert promised.available_bytes < promised.needed_bytes
    assert promised.available_after_eviction_bytes >= promised.needed_bytes
    assert "evicting llama" in promised.reason
    loaded = pool.post("/admin/models/load/gemma2", json={"pin": False}).json()
    assert loaded["unloaded_models"] == ["llama"]
    assert running(pool) == {"qwen3", "gemma2"}


def test_the_plan_of_an_unknown_model_is_a_404(pool: httpx.Client) -> None:
    answer = pool.get("/admin/models/plan?model=lama")
    assert answer.status_code == 404
    assert "Did you mean llama" in answer.json()["error"]["message"]
    assert pool.get("/admin/models/plan").status_code == 400


# --- load, pins, switch ------------------------------------------------------------------------


def test_load_pins_and_unpin_makes_it_evictable(pool: httpx.Client) -> None:
    first = msgspec.json.decode(pool.post("/admin/models/load/llama").content, type=Loaded)
    assert (first.status, first.pinned) == ("loaded", True)
    assert first.load_seconds is not None
    again = pool.post("/admin/models/load/llama").json()
    assert again["status"] == "already_loaded"
    assert pool.get("/v1/models/llama").json()["pinned"] is True
    chat(pool, "qwen3")
    chat(pool, "gemma2")
    assert running(pool) == {"llama", "gemma2"}
    assert pool.post("/admin/models/unpin/llama").json()["pinned"] is False
    chat(pool, "qwen3")
    assert running(pool) == {"gemma2", "qwen3"}


def test_a_load_as_a_stream_tells_its_progress_and_ends_with_the_result(
    pool: httpx.Client,
) -> None:
    with pool.stream("POST", "/admin/models/load/llama", json={"stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines() if line.startswith("data: ")]
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[-2].removeprefix("data: "))["status"] == "loaded"
    found = list(events(iter(lines[:-2])))
    assert [event.state for event in found if event.type == "state"] == ["loading", "ready"]
    assert all(event.model == "llama" for event in found)
    progress = [event.progress for event in found if event.progress is not None]
    assert all(one.total_bytes == progress[0].total_bytes for one in progress)


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
    seconds = foretold.estimated_load_time_seconds
    assert error["plan"] | {"estimated_load_time_seconds": seconds} == msgspec.to_builtins(foretold)
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


def test_switch_frees_loads_and_counts(pool: httpx.Client) -> None:
    chat(pool, "llama")
    chat(pool, "gemma2")  # the larger
    before = status(pool).memory.available_gb
    answer = pool.post("/v1/models/switch?target_model=qwen3")
    switched = msgspec.json.decode(answer.content, type=SwitchResult)
    assert (switched.status, switched.unloaded_models) == ("success", ["gemma2"])
    assert switched.memory_info.available_before_gb == pytest.approx(before)
    assert switched.memory_info.freed_gb > 0
    assert switched.memory_info.required_gb == status(pool).models["qwen3"].size_gb
    assert running(pool) == {"llama", "qwen3"}
    again = pool.post("/v1/models/switch", json={"target_model": "qwen3"}).json()
    assert again["status"] == "already_loaded"
    by_lru = pool.post("/v1/models/switch?target_model=gemma2&policy=lru").json()
    assert by_lru["unloaded_models"] == ["llama"]


def test_a_switch_without_room_unloads_nothing_and_gives_the_sizes(pool: httpx.Client) -> None:
    for model in ("llama", "qwen3"):
        pool.post(f"/admin/models/load/{model}")
    refused = pool.post("/v1/models/switch?target_model=gemma2")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (503, "insufficient_memory")
    assert error["required_gb"] > error["total_available_gb"] >= error["available_gb"]
    assert error["freed_gb"] == 0
    assert running(pool) == {"llama", "qwen3"}


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("/v1/models/switch", 400),
        ("/v1/models/switch?target_model=nothing", 404),
        ("/v1/models/switch?target_model=llama&policy=best", 400),
        ("/v1/models/switch?target_model=demo/embed", 400),
        ("/admin/models/load/demo/embed", 400),
        ("/admin/models/load/llama?pin=perhaps", 400),
        ("/admin/models/load/llama?kernel_id=nobody", 404),
        ("/admin/models/pin/llama", 404),
        ("/admin/models/unpin/llama", 404),
        ("/admin/requests/chatcmpl-none/cancel", 404),
    ],
)
def test_bad_input_is_an_error_in_words(pool: httpx.Client, url: str, code: int) -> None:
    answer = pool.post(url)
    assert answer.status_code == code
    assert answer.json()["error"]["message"]


def test_a_body_that_is_wrong_names_the_field(pool: httpx.Client) -> None:
    for body, field in (({"pinn": True}, "pinn"), ({"keep_alive": "soon"}, "keep_alive")):
        answer = pool.post("/admin/models/load/llama", json=body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, field)
    assert chat(pool, "llama", keep_alive="soon").json()["error"]["param"] == "keep_alive"


def test_keep_alive_zero_unloads_after_the_answer(pool: httpx.Client) -> None:
    assert chat(pool, "llama", keep_alive=0).status_code == 200
    wait_for(lambda: not running(pool))


def test_an_admin_may_name_a_folder_by_its_path(pool: httpx.Client, models: Path) -> None:
    path = str(models / "more" / "llama")
    assert chat(pool, path).status_code == 404
    assert pool.post(f"/admin/models/load/{path}").json()["model"] == path
    assert chat(pool, path).status_code == 200


# --- the queue -----------------------------------------------------------------------------------


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


# --- cancel, events, kernels ----------------------------------------------------------------------


def test_a_running_stream_is_cancelled_by_its_id(small: JupyterProcess, pool: httpx.Client) -> None:
    with LongAnswer(small, "llama", request_id="my-request") as lines:
        assert pool.post("/admin/requests/my-request/cancel").json()["status"] == "cancelled"
        rest = [line for line in lines if line.startswith("data: ")]
    assert '"code":"request_cancelled"' in rest[-1]
    wait_for(lambda: not status(pool).models["llama"].in_use)
    assert pool.post("/admin/requests/my-request/cancel").status_code == 404


def test_a_request_that_is_answered_whole_is_cancelled_too(
    small: JupyterProcess, pool: httpx.Client
) -> None:
    chat(pool, "llama")
    with ThreadPoolExecutor() as threads, small.http() as other:
        other.headers["X-Request-Id"] = "whole"
        answer = threads.submit(chat, other, "llama", 250, temperature=0)
        wait_for(lambda: pool.post("/admin/requests/whole/cancel").is_success)
        refused = answer.result()
    assert (refused.status_code, refused.json()["error"]["code"]) == (499, "request_cancelled")


def test_an_id_of_a_request_that_runs_cannot_be_given_twice(
    small: JupyterProcess, pool: httpx.Client
) -> None:
    chat(pool, "llama")
    pool.headers["X-Request-Id"] = "twice"
    with ThreadPoolExecutor() as threads:
        with held(pool, "llama"):
            first = threads.submit(chat, pool, "llama")
            wait_for(lambda: status(pool).models["llama"].in_use)
            assert chat(pool, "llama").status_code == 409
        assert first.result().status_code == 200
    assert chat(pool, "llama").status_code == 200
    pool.headers["X-Request-Id"] = "not an id"
    assert chat(pool, "llama").status_code == 400


def test_events_tell_of_loads_evictions_and_pins(small: JupyterProcess, pool: httpx.Client) -> None:
    with small.http() as listener, listener.stream("GET", "/admin/events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        chat(pool, "llama")
        chat(pool, "qwen3")
        pool.post("/admin/models/load/gemma2")
        found = []
        for event in events(lines):
            found.append(event)
            if event.type == "pin":
                break
    eviction = next(event for event in found if event.type == "eviction")
    assert (eviction.model, eviction.made_room_for) == ("llama", "gemma2")
    states = [(event.model, event.state) for event in found if event.type == "state"]
    assert states.index(("llama", "absent")) < states.index(("gemma2", "loading"))
    assert found[-1].pinned_by == ["user"]
    later = pool.get(f"/admin/events?limit=1000&after={found[0].id}")
    assert later.headers["content-type"].startswith("text/event-stream")


def test_kept_events_can_be_read_and_resumed(pool: httpx.Client) -> None:
    chat(pool, "llama")
    kept = list(events(pool.get("/admin/events?limit=3").iter_lines()))
    assert len(kept) == 3
    assert [event.id for event in kept] == sorted(event.id for event in kept)
    with pool.stream("GET", "/admin/events", headers={"Last-Event-ID": str(kept[0].id)}) as stream:
        following = events(stream.iter_lines())
        assert next(following).id == kept[1].id
    assert pool.get("/admin/events?after=x").status_code == 400


def test_every_pool_route_needs_a_key(small: JupyterProcess) -> None:
    with small.http(key="wrong") as http:
        for method, url in (
            ("GET", "/v1/models/status"),
            ("POST", "/v1/models/switch?target_model=llama"),
            ("GET", "/admin/models/status"),
            ("GET", "/admin/models/plan?model=llama"),
            ("POST", "/admin/models/load/llama"),
            ("POST", "/admin/models/pin/llama"),
            ("POST", "/admin/requests/x/cancel"),
            ("GET", "/admin/events"),
        ):
            assert http.request(method, url).status_code == 401


@pytest.mark.parametrize("end", ["delete", "restart", "kill"])
def test_a_kernels_pin_goes_with_the_kernel(
    small: JupyterProcess, pool: httpx.Client, end: str
) -> None:
    headers = {"Authorization": f"token {small.token}"}
    with httpx.Client(base_url=small.origin, headers=headers, trust_env=False, timeout=60) as api:
        kernel = api.post("api/kernels").json()["id"]
        pool.post(f"/admin/models/load/llama?kernel_id={kernel}")
        assert status(pool).models["llama"].pinned_by == [kernel]
        if end == "delete":
            api.delete(f"api/kernels/{kernel}")
        elif end == "restart":
            api.post(f"api/kernels/{kernel}/restart")
        else:
            os.kill(kernel_pid(small, kernel), signal.SIGKILL)
        wait_for(lambda: not status(pool).models["llama"].pinned)
        assert running(pool) == {"llama"}
        if end != "delete":
            api.delete(f"api/kernels/{kernel}")


def kernel_pid(server: JupyterProcess, kernel: str) -> int:
    children = psutil.Process(server.pid).children(recursive=True)
    return next(child.pid for child in children if kernel in " ".join(child.cmdline()))


def test_a_users_pin_outlives_a_kernel(small: JupyterProcess, pool: httpx.Client) -> None:
    headers = {"Authorization": f"token {small.token}"}
    with httpx.Client(base_url=small.origin, headers=headers, trust_env=False, timeout=60) as api:
        kernel = api.post("api/kernels").json()["id"]
        pool.post("/admin/models/load/llama")
        pool.post(f"/admin/models/pin/llama?kernel_id={kernel}")
        api.delete(f"api/kernels/{kernel}")
        wait_for(lambda: status(pool).models["llama"].pinned_by == ["user"])


# --- many clients -----------------------------------------------------------------------------


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
                    name
                    for name in order * 2
                    if text(chat(own, name, 6, temperature=0)) != right[name]
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
