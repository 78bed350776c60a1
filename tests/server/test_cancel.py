"""`POST admin/requests/{id}/cancel`, wherever the request is."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import pytest

from tests.server.pool_server import LONG, SHORT, busy, error, events, generating
from tests.waiting import wait_for

LONG_PROMPT = [{"role": "user", "content": "a " * 1500}]


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as made:
        yield made


def ask(
    http: httpx.Client, threads: ThreadPoolExecutor, body: dict[str, object], name: str
) -> Future[httpx.Response]:
    headers = {"X-Request-Id": name}
    return threads.submit(http.post, "/v1/chat/completions", json=body, headers=headers)


def cancel(http: httpx.Client, name: str) -> httpx.Response:
    return http.post(f"/admin/requests/{name}/cancel")


@pytest.mark.parametrize("when", ["load", "prefill", "decoding"])
def test_a_whole_answer_is_a_499(
    tight: httpx.Client, threads: ThreadPoolExecutor, when: str
) -> None:
    if when != "load":
        tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    body = LONG | {"model": "llama", "stream": False}
    body |= {"messages": LONG_PROMPT, "max_tokens": 400} if when == "prefill" else {}
    answer = ask(tight, threads, body, "mine")
    wait_for(lambda: busy(tight))
    assert cancel(tight, "mine").json() == {"status": "cancelled", "id": "mine"}
    assert answer.result().status_code == 499
    assert error(answer.result())["code"] == "request_cancelled"
    assert not busy(tight)


def test_a_queued_request_leaves_the_queue(
    tight: httpx.Client, threads: ThreadPoolExecutor
) -> None:
    with generating(tight, "llama"):
        answer = ask(tight, threads, SHORT | {"model": "qwen3"}, "queued")
        wait_for(lambda: tight.get("/admin/models/status").json()["queue"])
        cancel(tight, "queued")
        assert answer.result().status_code == 499
        assert tight.get("/admin/models/status").json()["queue"] == []


def test_a_stream_ends_with_an_error_event(tight: httpx.Client) -> None:
    with generating(tight, "llama", "streamed") as lines:
        assert cancel(tight, "streamed").status_code == 200
        rest = events("\n".join(lines))
    assert rest[-1]["error"]["code"] == "request_cancelled"
    wait_for(lambda: not busy(tight))


def test_a_stream_tells_the_id_that_cancels_it(tight: httpx.Client) -> None:
    with tight.stream("POST", "/v1/chat/completions", json=LONG | {"model": "llama"}) as stream:
        name = stream.headers["x-request-id"]
        assert name.startswith("chatcmpl-")
        assert cancel(tight, name).status_code == 200
        assert '"request_cancelled"' in stream.read().decode()


def test_a_load_is_cancelled_too(tight: httpx.Client) -> None:
    with tight.stream("POST", "/admin/models/load/llama", json={"stream": True}) as stream:
        cancel(tight, stream.headers["x-request-id"])
        last = events(stream.read().decode())[-1]
    assert last["error"]["code"] == "request_cancelled"
    wait_for(lambda: tight.get("/v1/models/llama").json()["state"] == "absent")


def test_an_id_in_use_is_a_409(tight: httpx.Client) -> None:
    with generating(tight, "llama", "twice"):
        body = SHORT | {"model": "llama"}
        again = tight.post("/v1/chat/completions", json=body, headers={"X-Request-Id": "twice"})
        assert again.status_code == 409


def test_an_id_with_other_characters_is_a_400(tight: httpx.Client) -> None:
    body = SHORT | {"model": "llama"}
    answer = tight.post("/v1/chat/completions", json=body, headers={"X-Request-Id": "a b"})
    assert (answer.status_code, error(answer)["param"]) == (400, "X-Request-Id")


def test_what_does_not_run_is_a_404(tight: httpx.Client) -> None:
    assert cancel(tight, "no-such-request").status_code == 404


def test_more_than_max_queue_is_a_429_that_says_when(
    tight: httpx.Client, threads: ThreadPoolExecutor
) -> None:
    with generating(tight, "llama"):
        first = ask(tight, threads, SHORT | {"model": "qwen3"}, "first")
        wait_for(lambda: tight.get("/admin/models/status").json()["queue"])
        second = tight.post("/v1/chat/completions", json=SHORT | {"model": "mistral"})
        assert (second.status_code, error(second)["code"]) == (429, "queue_full")
        assert int(second.headers["retry-after"]) > 0
        cancel(tight, "first")
        assert first.result().status_code == 499
