"""What each way to a server says of itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from mlx_jupyter.kernel.search import Attempt, Search


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def said(how: str, **given: Any) -> Attempt:
    return next(attempt for attempt in Search(**given).attempts() if attempt.how == how)


def test_every_way_is_tried_in_its_order() -> None:
    tried = [attempt.how for attempt in Search().attempts()]
    assert tried == ["explicit", "environment", "parent", "folder", "hub", "only"]


def test_the_search_ends_where_a_server_is_found(canned: Any) -> None:
    assert [attempt.how for attempt in Search(canned.url).attempts()] == ["explicit"]


def test_the_way_that_led_there_says_where(
    canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(canned.record())
    monkeypatch.setenv("JPY_PARENT_PID", str(canned.pid))
    assert said("parent").said == f"process {canned.pid} started this one, and serves {canned.url}"


def test_a_jupyter_without_the_extension_is_named_with_what_to_do(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (runtime / f"jpserver-{os.getpid()}.json").write_text("{}")
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    attempt = said("parent")
    assert attempt.said.endswith("started this kernel, without mlx_jupyter")
    assert attempt.todo.startswith("Install mlx-jupyter")


def test_a_parent_that_is_no_server_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    assert said("parent").said == "process 1 started this one, and is no server with mlx_jupyter"


def test_no_key_is_in_what_is_said(
    canned: Any, another_canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(canned.record())
    write_record(another_canned.record())
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:4321/user/al/")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/al/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hub-token")
    attempts = [*Search().attempts(), *Search(f"{canned.url}?token=abc").attempts()]
    words = repr(attempts)
    assert not [key for key in (canned.key, another_canned.key, "hub-token", "abc") if key in words]
