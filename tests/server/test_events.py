"""`GET admin/events`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.jupyter_process import JupyterProcess, jupyter
from tests.server.pool_server import error, events


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def last(http: httpx.Client, count: int) -> list[dict[str, object]]:
    return events(http.get("/admin/events", params={"limit": count}).text)


def until(lines: Iterator[str], wanted: str) -> str:
    return next(line for line in lines if line.startswith("data: ") and wanted in line)


def test_what_happens_is_told_as_it_happens(tight: httpx.Client) -> None:
    with tight.stream("GET", "/admin/events") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        tight.post("/admin/models/load/llama?pin=false")
        assert until(lines, '"state":"loading"')
        assert until(lines, '"state":"ready"')
        tight.post("/admin/models/load/qwen3?pin=false")
        assert '"made_room_for":"qwen3"' in until(lines, '"type":"eviction"')


def test_an_event_has_its_id_and_type_for_a_browser(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    (event,) = last(tight, 1)
    head = tight.get("/admin/events?limit=1").text.splitlines()[:2]
    assert head == [f"id: {event['id']}", f"event: {event['type']}"]


@pytest.mark.parametrize("asks", ["header", "query"])
def test_who_comes_back_gets_what_was_missed(tight: httpx.Client, asks: str) -> None:
    tight.post("/admin/models/load/llama")
    one, two, *_ = last(tight, 3)
    headers = {"Last-Event-ID": str(one["id"])} if asks == "header" else {}
    query = {"after": str(one["id"])} if asks == "query" else {}
    with tight.stream("GET", "/admin/events", headers=headers, params=query) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("id:")) == f"id: {two['id']}"


def test_a_limit_that_is_no_number_is_a_400(tight: httpx.Client) -> None:
    answer = tight.get("/admin/events?limit=many")
    assert (answer.status_code, error(answer)["param"]) == (400, "limit")


def test_some_types_only(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    found = events(tight.get("/admin/events?limit=2&types=state,pin").text)
    assert [event["type"] for event in found] == ["state", "pin"]
    with tight.stream("GET", "/admin/events?types=pin") as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        tight.post("/admin/models/unload/llama?force=true")
        assert next(line for line in lines if line.startswith("event:")) == "event: pin"


def test_a_type_that_does_not_exist_is_a_400_that_names_those_that_do(tight: httpx.Client) -> None:
    answer = tight.get("/admin/events?types=state,everything")
    assert (answer.status_code, error(answer)["param"]) == (400, "types")
    assert "'everything'" in error(answer)["message"]
    assert "eviction" in error(answer)["message"]


def test_a_listener_does_not_keep_jupyter_from_stopping(tmp_path: Path) -> None:
    with (
        jupyter(tmp_path) as server,
        server.http() as http,
        http.stream("GET", "/admin/events") as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        stop(server)
    assert "Traceback" not in server.log


def stop(server: JupyterProcess) -> None:
    server.process.terminate()
    assert server.process.wait(10) == 0
