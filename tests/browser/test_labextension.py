"""The models in JupyterLab as a person has them: beside a busy kernel, by mouse and by keys."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.lab_page import (
    CHAT,
    EMBED,
    button,
    last_prompt,
    load,
    models,
    open_lab,
    open_notebook,
    palette,
    panel,
    run_all,
    status_item,
    until,
)
from tests.browser.test_inline import busy, held
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser

FOLLOWS_MS = 2_000
FOCUSED = "(document.activeElement.ariaLabel ?? document.activeElement.innerText)"


def pressed(page: Page, model: str, is_pinned: bool) -> None:
    name, state = f"Pin {model}", str(is_pinned).lower()
    page.locator(f"[aria-label='{name}'][aria-pressed='{state}']").wait_for()


def plan(pool: httpx.Client, model: str) -> dict[str, Any]:
    return dict(pool.get("admin/models/plan", params={"model": model}).json())


def test_a_model_comes_answers_and_goes_by_clicks_while_the_kernel_sleeps(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    open_notebook(tab, lab, "busy.ipynb", "import time; time.sleep(600)")
    run_all(tab, "running")
    tab.get_by_role("tab", name="MLX models").click()

    tab.get_by_label("Model to load").fill(CHAT)
    assert plan(pool, CHAT)["fits"]
    panel(tab).get_by_text("fits (needs").wait_for()
    button(tab, f"Load {CHAT}").click()
    button(tab, f"Pin {CHAT}").click()
    pressed(tab, CHAT, True)
    assert models(pool)[CHAT]["pinned"]

    button(tab, f"Ask {CHAT}").click()
    tab.get_by_label("Question").fill("What is MLX?")
    button(tab, "Ask").click()
    answer = tab.get_by_role("region", name=f"Answer of {CHAT}")
    answer.get_by_text("MLX is an array framework").wait_for()
    with held(pool):
        button(tab, "Ask").click()
        until(lambda: busy(pool))
        button(tab, "Stop").click()
        until(lambda: not busy(pool))
    panel(tab).get_by_text(f"{CHAT} · stopped").wait_for()
    panel(tab).get_by_text("in use by").wait_for(state="hidden")

    button(tab, f"Evict {CHAT}").click()
    tab.get_by_text("It is pinned by you.").wait_for()
    assert CHAT in models(pool)
    tab.get_by_role("dialog").get_by_role("button", name="Evict").click()
    panel(tab).get_by_text("No model is loaded.").wait_for()
    assert not models(pool)

    last_prompt(tab, "running")
    tab.evaluate("void window.jupyterapp.commands.execute('notebook:interrupt-kernel')")
    last_prompt(tab, "ran")


def test_all_of_it_goes_by_keys_alone(tab: Page, lab: JupyterProcess, pool: httpx.Client) -> None:
    def press(*keys: str) -> None:
        for key in keys:
            tab.keyboard.press(key)

    def is_on(name: str) -> None:
        tab.wait_for_function(f"name => {FOCUSED} === name", arg=name)

    open_lab(tab, lab)
    palette(tab, "Show MLX Models")
    tab.wait_for_function("document.activeElement.id === 'mlx-jupyter-panel'")
    press("Tab")
    is_on("Model to load")
    tab.keyboard.type(CHAT)
    panel(tab).get_by_text("fits (needs").wait_for()
    press("Enter")
    button(tab, f"Evict {CHAT}").wait_for()
    is_on("Model to load")

    press("Shift+Tab", "Shift+Tab", "Shift+Tab")
    is_on(f"Pin {CHAT}")
    press("Space")
    pressed(tab, CHAT, True)
    is_on(f"Pin {CHAT}")
    press("Tab", "Enter")
    is_on("Question")
    tab.keyboard.type("What is MLX?")
    press("Enter")
    panel(tab).get_by_text("MLX is an array framework").wait_for()
    is_on("Question")

    press("Shift+Tab", "Shift+Tab", "Shift+Tab", "Shift+Tab")
    is_on("Model to load")
    press("Shift+Tab")
    is_on(f"Evict {CHAT}")
    press("Enter")
    is_on("Evict")
    press("Escape")
    is_on(f"Evict {CHAT}")
    press("Enter")
    is_on("Evict")
    press("Enter")
    panel(tab).get_by_text("No model is loaded.").wait_for()
    is_on("Model to load")
    assert not models(pool)


@pytest.mark.flaky(reruns=1)
def test_what_another_client_does_is_shown_everywhere_within_two_seconds(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    open_lab(tab, lab)
    status_item(tab).press("Enter")
    tab.get_by_role("tab", name="Running Terminals").click()
    row, item = button(tab, f"Evict {EMBED}"), tab.get_by_role("treeitem", name=EMBED)

    def follows(state: str, headline: str) -> None:
        row.wait_for(state=state, timeout=FOLLOWS_MS)
        item.wait_for(state=state, timeout=FOLLOWS_MS)
        status_item(tab).filter(has_text=headline).wait_for(timeout=FOLLOWS_MS)

    load(pool, EMBED)
    follows("visible", "· 1 model")
    pool.post(f"admin/models/unload/{EMBED}")
    follows("hidden", "· 0 models")


def test_a_change_is_told_and_the_keyboard_stays_where_it_is(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    load(pool, CHAT)
    open_lab(tab, lab)
    status_item(tab).click()
    focused = button(tab, f"Ask {CHAT}").element_handle()
    focused.focus()
    for verb, told in (("load", f"{EMBED} is loaded"), ("unload", f"{EMBED} is evicted")):
        pool.post(f"admin/models/{verb}/{EMBED}", json={} if verb == "unload" else {"pin": False})
        panel(tab).get_by_role("status").filter(has_text=told).wait_for()
        assert focused.evaluate("button => document.activeElement === button")
    tab.get_by_label("Question").fill("What is")
    pool.post(f"admin/models/pin/{CHAT}")
    panel(tab).get_by_role("status").filter(has_text=f"{CHAT} is pinned").wait_for()
    tab.keyboard.type(" MLX?")
    assert tab.get_by_label("Question").input_value() == "What is MLX?"
