"""What JupyterLab's command palette offers for the models."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Locator, Page

from tests.browser.lab_page import (
    CHAT,
    EMBED,
    load,
    models,
    open_lab,
    open_notebook,
    palette,
    run_all,
    until,
)
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser


def dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def choose(page: Page, model: str) -> None:
    """In the dialog that asks which model; Enter agrees."""
    dialog(page).get_by_role("combobox").select_option(model)
    page.keyboard.press("Enter")
    dialog(page).get_by_role("combobox").wait_for(state="hidden")


def test_a_model_is_loaded_pinned_and_evicted_by_commands(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    open_lab(tab, lab)
    palette(tab, "Load MLX Model…")
    dialog(tab).get_by_role("combobox").select_option(EMBED)
    dialog(tab).get_by_text("fits (needs").wait_for()
    dialog(tab).get_by_label("Pin").check()
    dialog(tab).get_by_role("button", name="Load").click()
    until(lambda: models(pool).get(EMBED, {}).get("pinned"))

    palette(tab, "Unpin MLX Model…")
    choose(tab, EMBED)
    until(lambda: not models(pool)[EMBED]["pinned"])
    palette(tab, "Switch to MLX Model…")
    choose(tab, CHAT)
    until(lambda: models(pool).get(CHAT, {}).get("status") == "running")
    palette(tab, "Pin MLX Model…")
    choose(tab, CHAT)
    until(lambda: models(pool)[CHAT]["pinned"])

    palette(tab, "Evict Unpinned MLX Models")
    until(lambda: list(models(pool)) == [CHAT])
    palette(tab, "Evict MLX Model…")
    choose(tab, CHAT)
    dialog(tab).get_by_text("It is pinned by you.").wait_for()
    tab.keyboard.press("Enter")
    until(lambda: not models(pool))


def test_what_openai_clients_need_is_copied_without_a_secret(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    open_lab(tab, lab)
    palette(tab, "Copy OpenAI Configuration")
    tab.get_by_text("Copied. Put your Jupyter token in").wait_for()
    copied = str(tab.evaluate("navigator.clipboard.readText()"))
    assert f"OPENAI_BASE_URL='{lab.url}'" in copied
    assert lab.token not in copied
    assert lab.key not in copied


def test_cells_that_ask_a_model_come_below_the_active_one(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    load(pool, CHAT)
    open_notebook(tab, lab, "failed.ipynb", "%load_ext mlx_jupyter", "1 / 0")
    run_all(tab, "ran")
    cells = tab.locator(".jp-CodeCell")
    cells.nth(1).get_by_text("ZeroDivisionError").first.wait_for()
    palette(tab, "Explain Error with a Local Model")
    cells.nth(2).get_by_text("%chat fix").wait_for()
    cells.nth(2).locator(".jp-RenderedMarkdown").wait_for()

    palette(tab, "Insert Chat Cell")
    cells.nth(3).get_by_text("%%chat").wait_for()
    tab.keyboard.type("What is MLX?")
    tab.keyboard.press("Shift+Enter")
    cells.nth(3).get_by_text("MLX is an array framework").first.wait_for()
