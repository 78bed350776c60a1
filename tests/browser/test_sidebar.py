"""The models' sidebar as a person uses it in JupyterLab: by keys, while every kernel is busy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, browser, jupyterlab
from tests.jupyter_process import JupyterProcess
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

CHAT, VISION, EMBED, LLAMA = "demo/chat", "demo/vision", "demo/embed", "llama"
SOON_MS = 45_000
until = partial(wait_for, patience_seconds=SOON_MS / 1000)
LAUNCHED = "() => document.activeElement?.closest('.jp-Launcher')"
BUSY = """async () => {
  const kernel = await window.jupyterapp.serviceManager.kernels.startNew({name: 'python3'});
  kernel.requestExecute({code: 'import time; time.sleep(60)'});
}"""
OPEN = """args => window.jupyterapp.restored.then(
  () => window.jupyterapp.commands.execute('mlx-jupyter:open-panel', args))"""


@pytest.fixture(scope="module")
def small_lab(
    tmp_path_factory: pytest.TempPathFactory, checkpoints: Path
) -> Iterator[JupyterProcess]:
    """Its budget holds `demo/chat`, `demo/embed` and `llama`, but not `demo/vision` besides."""
    folder = tmp_path_factory.mktemp("sidebar")
    (folder / "root").mkdir()
    arguments = [
        f"--MLXJupyter.model_dirs={json.dumps([str(checkpoints)])}",
        "--MLXJupyter.memory_limit=3MB",
        "--MLXJupyter.allow_downloads=False",
    ]
    with jupyterlab(folder, *arguments) as process:
        yield process


@pytest.fixture(scope="module")
def opened(small_lab: JupyterProcess) -> Iterator[tuple[Page, list[str]]]:
    """A page with a busy kernel, and the errors in its console."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        page, errors = chromium.new_page(viewport={"width": 1280, "height": 900}), []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{small_lab.origin}lab?token={small_lab.token}&reset")
        # The launcher comes last, and takes the keyboard.
        page.wait_for_function(LAUNCHED, timeout=2 * SOON_MS)
        page.evaluate(BUSY)
        yield page, errors
        chromium.close()


@pytest.fixture
def page(opened: tuple[Page, list[str]], http: httpx.Client) -> Iterator[Page]:
    """One whose panel has the keyboard in the choice of a model to load, and nothing is loaded."""
    page, errors = opened
    page.evaluate(OPEN, {"load": True})
    expect(page.locator("[data-mlx-row]")).to_have_count(0, timeout=SOON_MS)
    expect(page.get_by_label("Model to load")).to_be_focused(timeout=SOON_MS)
    page.get_by_label("Model to load").fill("")
    yield page
    assert not errors


@pytest.fixture
def http(small_lab: JupyterProcess) -> Iterator[httpx.Client]:
    with small_lab.http() as client:
        for model, facts in status(client).items():
            if facts["status"] != "unloaded":
                client.post(f"admin/models/unload/{model}", params={"force": "true"})
        yield client


def status(http: httpx.Client) -> dict[str, dict[str, object]]:
    return dict(http.get("v1/models/status").json()["models"])


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def told(page: Page, words: str) -> None:
    panel = page.get_by_role("region", name="MLX models")
    expect(panel.get_by_role("status").first).to_contain_text(words, timeout=SOON_MS)


def test_load_pin_and_evict_by_keys_while_a_kernel_is_busy(page: Page, http: httpx.Client) -> None:
    page.keyboard.type(CHAT)
    expect(page.get_by_text("fits (needs 1.30 MB")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("Enter")
    told(page, f"{CHAT} is loaded.")
    pin = button(page, f"Pin {CHAT}")
    pin.focus()
    page.keyboard.press("Space")
    expect(pin).to_have_attribute("aria-pressed", "true", timeout=SOON_MS)
    assert status(http)[CHAT]["pinned"]
    expect(pin).to_be_focused()

    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button(page, f"Evict {CHAT}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("It is pinned by you.")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("Enter")
    told(page, f"{CHAT} is evicted.")
    assert status(http)[CHAT]["status"] == "unloaded"
    expect(page.get_by_label("Model to load")).to_be_focused(timeout=SOON_MS)


def test_who_would_be_evicted_is_said_and_who_was_is_told(page: Page, http: httpx.Client) -> None:
    http.post(f"admin/models/load/{CHAT}", json={"pin": False})
    page.keyboard.type(VISION)
    expect(page.get_by_text(f"would evict {CHAT} (needs")).to_be_visible(timeout=SOON_MS)
    page.keyboard.press("Enter")
    told(page, f"{CHAT} was evicted to make room for {VISION}.")
    log = page.get_by_role("list", name="Evictions and failures")
    newest = f"{CHAT} was evicted to make room for {VISION}"
    expect(log.get_by_role("listitem").first).to_contain_text(newest, timeout=SOON_MS)


def test_the_keyboard_goes_on_in_the_row_that_took_the_place(
    page: Page, http: httpx.Client
) -> None:
    for model in (CHAT, EMBED):
        http.post(f"admin/models/load/{model}", json={"pin": False})
    expect(button(page, f"Evict {EMBED}")).to_be_visible(timeout=SOON_MS)
    button(page, f"Evict {CHAT}").focus()
    http.post(f"admin/models/unload/{CHAT}")
    expect(button(page, f"Evict {EMBED}")).to_be_focused(timeout=SOON_MS)


def test_a_question_is_answered_and_escape_ends_one_in_the_server(
    page: Page, http: httpx.Client
) -> None:
    for model in (CHAT, LLAMA):
        http.post(f"admin/models/load/{model}", json={"pin": False})
    button(page, f"Ask {CHAT}").click()
    expect(page.get_by_label("Question")).to_be_focused(timeout=SOON_MS)
    page.keyboard.type("What is MLX?")
    page.keyboard.press("Enter")
    answer = page.get_by_role("region", name=f"Answer of {CHAT}")
    expect(answer).to_contain_text("MLX is an array framework", timeout=SOON_MS)
    expect(page.get_by_text(f"{CHAT} · ").last).to_contain_text(" tokens", timeout=SOON_MS)

    button(page, f"Ask {LLAMA}").click()  # a random model, which never comes to an end
    page.keyboard.press("Enter")
    until(lambda: status(http)[LLAMA]["in_use"])
    page.keyboard.press("Escape")
    until(lambda: not status(http)[LLAMA]["in_use"])
    expect(page.get_by_text(f"{LLAMA} · stopped")).to_be_visible(timeout=SOON_MS)


def test_a_model_that_makes_no_answers_says_so(page: Page) -> None:
    page.evaluate(OPEN, {"ask": EMBED})
    expect(page.get_by_text(f"{EMBED} makes no answers")).to_be_visible(timeout=SOON_MS)
    expect(button(page, "Ask")).to_have_attribute("aria-disabled", "true")
