"""That everyone can use what is ours in JupyterLab, as far as axe-core can tell."""

from __future__ import annotations

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.lab_page import CHAT, EMBED, button, load, open_lab, panel, status_item
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser

OURS = {"include": [["#mlx-jupyter-panel"], [".mlx-StatusItem"]]}
DIALOG = {"include": [[".jp-Dialog"]]}
THEMES = ("JupyterLab Light", "JupyterLab Dark", "JupyterLab Dark High Contrast")
BE_THEMED = """async theme => {
    await window.jupyterapp.commands.execute('apputils:change-theme', { theme });
}"""
STILL = """async theme => {
    while (document.body.dataset.jpThemeName !== theme) {
        await new Promise(requestAnimationFrame);
    }
    await Promise.allSettled(document.getAnimations().map(({ finished }) => finished));
}"""
"""Colours that are fading are no colours to judge."""


@pytest.fixture
def themed(tab: Page, lab: JupyterProcess, pool: httpx.Client) -> Page:
    """One with a panel of two models, a plan, an answer and an eviction."""
    load(pool, "demo/vision", CHAT)
    pool.post("admin/models/unload/demo/vision")
    load(pool, EMBED, pin=True)
    open_lab(tab, lab)
    status_item(tab).click()
    button(tab, f"Ask {CHAT}").click()
    tab.keyboard.type("What is MLX?")
    tab.keyboard.press("Enter")
    panel(tab).get_by_text("tokens").first.wait_for()
    tab.get_by_label("Model to load").fill("demo/vision")
    panel(tab).get_by_text("fits (needs").wait_for()
    return tab


def findings(page: Page, where: dict[str, list[list[str]]]) -> list[str]:
    """What axe-core finds to be serious or critical there."""
    # JupyterLab's body has no height and hides what is outside: axe-core would see no text in it.
    page.evaluate("document.body.style.height = '100vh'")
    results = Axe().run(page, context=where, options=None).response
    passed = {rule["id"]: rule["nodes"] for rule in results["passes"]}
    assert len(passed["color-contrast"]) > 3, "it has seen no more than fields"
    return [
        f"{found['id']} of {', '.join(node['target'])}: {node['failureSummary']}"
        for found in results["violations"]
        if found["impact"] in ("serious", "critical")
        for node in found["nodes"]
    ]


def test_nothing_serious_is_found_in_any_theme(themed: Page) -> None:
    try:
        for theme in THEMES:
            themed.evaluate(BE_THEMED, theme)
            themed.evaluate(STILL, theme)
            assert findings(themed, OURS) == [], theme
            themed.evaluate("void window.jupyterapp.commands.execute('mlx-jupyter:load')")
            themed.get_by_role("dialog").get_by_text("fits (needs").wait_for()
            assert findings(themed, DIALOG) == [], theme
            themed.keyboard.press("Escape")
        button(themed, f"Evict {EMBED}").click()
        themed.get_by_text("It is pinned by you.").wait_for()
        assert findings(themed, DIALOG) == []
    finally:
        themed.evaluate(BE_THEMED, THEMES[0])


def test_all_of_it_fits_into_the_narrowest_sidebar(themed: Page) -> None:
    sidebar = panel(themed)
    box = sidebar.bounding_box()
    assert box is not None
    assert box["width"] <= 250, "JupyterLab shows none that is narrower"
    wider = """panel => [...panel.querySelectorAll('*')].filter(
        part => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 1
    ).map(part => part.className)"""
    assert sidebar.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    assert sidebar.evaluate(wider) == []
