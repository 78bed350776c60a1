"""The models in JupyterLab's list of what runs, beside the kernels."""

from __future__ import annotations

import httpx
import pytest
from playwright.sync_api import Locator, Page

from tests.browser.lab_page import CHAT, EMBED, load, models, open_lab, panel, until
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser


def running(page: Page, model: str) -> Locator:
    return page.get_by_role("treeitem", name=model)


def test_one_model_is_evicted_there_or_all_that_are_free(
    tab: Page, lab: JupyterProcess, pool: httpx.Client
) -> None:
    load(pool, CHAT, EMBED)
    open_lab(tab, lab)
    tab.get_by_role("tab", name="Running Terminals").click()
    running(tab, CHAT).hover()
    running(tab, CHAT).get_by_title("Evict").click()
    running(tab, CHAT).wait_for(state="hidden")
    assert list(models(pool)) == [EMBED]

    load(pool, CHAT, pin=True)
    running(tab, CHAT).filter(has_text="pinned").wait_for()
    tab.get_by_role("button", name="Evict All").first.click()
    asked = tab.get_by_role("dialog")
    asked.get_by_text(f"{EMBED} will leave").wait_for()
    asked.get_by_text(f"stays: {CHAT} (pinned)").wait_for()
    asked.get_by_role("button", name="Evict All").click()
    running(tab, EMBED).wait_for(state="hidden")
    until(lambda: list(models(pool)) == [CHAT])

    running(tab, CHAT).get_by_text(CHAT).click()
    panel(tab).wait_for()
    tab.wait_for_function("document.activeElement.ariaLabel === 'Question'")
