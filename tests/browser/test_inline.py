"""Inline completion in JupyterLab: by a loaded model, and only where the user wants it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.jupyter_process import JupyterProcess
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

PROVIDER = "@mlx-jupyter/labextension:inline"
WAIT_MS = 60_000
INVOKE = "() => window.jupyterapp.commands.execute('inline-completer:invoke')"
SERVICE = "window.jupyterapp.pluginRegistry._plugins.get('{}')?.service"
SETTINGS = SERVICE.format("@jupyterlab/completer-extension:manager") + "?._inlineCompleterSettings"
POOL = SERVICE.format("@mlx-jupyter/labextension:pool") + "?.state.kind"
READY = f"() => {SETTINGS}?.providers['{PROVIDER}'] && {POOL} === 'known'"
"""JupyterLab has read its settings, and the page knows the pool: both come after all else."""
QUIET = "() => new Promise(done => setTimeout(done))"


@pytest.fixture
def http(lab: JupyterProcess) -> Iterator[httpx.Client]:
    with lab.http() as made:
        made.post("/admin/models/load/demo/chat", json={"pin": False})
        yield made


@contextmanager
def settings(lab: JupyterProcess, **values: Any) -> Iterator[None]:
    """The user's own, for pages that are opened now."""
    folder = lab.root_dir.parent / "settings" / "@jupyterlab" / "completer-extension"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "inline-completer.jupyterlab-settings"
    file.write_text(json.dumps({"providers": {PROVIDER: values}}))
    try:
        yield
    finally:
        file.unlink()


def write(page: Page, lab: JupyterProcess, text: str) -> list[str]:
    """In a new file; what the pool is asked for from now on is in the list."""
    (lab.root_dir / "inline.py").write_text("")
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/v1/completions" in one.url else None)
    page.goto(f"{lab.origin}lab/tree/inline.py?token={lab.token}&reset", timeout=WAIT_MS)
    page.locator(".jp-FileEditor .cm-content").click(timeout=WAIT_MS)
    page.wait_for_function(READY, timeout=WAIT_MS)
    page.keyboard.type(text)
    return asked


def busy(http: httpx.Client) -> int:
    return int(http.get("/health?ping=false").json()["requests"])


@contextmanager
def held(http: httpx.Client) -> Iterator[None]:
    """The model stands still in the midst of an answer."""
    workers = http.get("/health?ping=false").json()["workers"]
    pid = next(one["pid"] for one in workers if one["model"] == "demo/chat")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_nobody_is_asked_until_it_is_switched_on(
    page: Page, lab: JupyterProcess, http: httpx.Client
) -> None:
    asked = write(page, lab, "What is ML")
    page.evaluate(INVOKE)
    page.evaluate(QUIET)
    assert asked == []


def test_the_suggestion_of_a_loaded_model_is_taken_with_tab(
    page: Page, lab: JupyterProcess, http: httpx.Client
) -> None:
    request = {"model": "demo/chat", "prompt": "What is ML", "max_tokens": 64, "temperature": 0}
    answer = http.post("/v1/completions", json=request | {"stop": "\n\n"}).json()
    text = str(answer["choices"][0]["text"]).rstrip()
    with settings(lab, enabled=True):
        asked = write(page, lab, "What is ML")
        expect(page.locator(".jp-GhostText")).to_have_text(text, timeout=WAIT_MS)
        assert len(asked) == 1
        page.keyboard.press("Tab")
        expect(page.locator(".jp-FileEditor .cm-content")).to_contain_text("What is ML" + text)


def test_a_request_ends_in_the_server_when_the_user_goes_on(
    page: Page, lab: JupyterProcess, http: httpx.Client
) -> None:
    with settings(lab, enabled=True, debouncerDelay=WAIT_MS), held(http):
        asked = write(page, lab, "What is ML")
        for key in ("x", "ArrowLeft"):
            page.evaluate(INVOKE)
            wait_for(lambda: busy(http))
            page.keyboard.press(key)
            wait_for(lambda: not busy(http))
    assert len(asked) == 2
