"""That everyone can use what is ours in JupyterLab, as far as axe-core can tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from tests.browser.conftest import empty
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


@pytest.fixture(scope="module")
def shown(chromium: BrowserContext, lab: JupyterProcess) -> Iterator[Page]:
    """A page with a panel of a pinned model, a plan, an answer and an eviction."""
    page = chromium.new_page()
    with lab.http() as pool:
        empty(pool)
        load(pool, EMBED)
        pool.post(f"admin/models/unload/{EMBED}")
        load(pool, CHAT, pin=True)
        open_lab(page, lab)
        status_item(page).click()
        button(page, f"Ask {CHAT}").click()
        page.keyboard.type("What is MLX?")
        page.keyboard.press("Enter")
        panel(page).get_by_text("tokens").first.wait_for()
        page.get_by_label("Model to load").fill(EMBED)
        panel(page).get_by_text("fits (needs").wait_for()
        yield page
        page.close()
        empty(pool)


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


def test_nothing_serious_is_found_in_any_theme(shown: Page) -> None:
    try:
        for theme in THEMES:
            shown.evaluate(BE_THEMED, theme)
            shown.evaluate(STILL, theme)
            assert findings(shown, OURS) == [], theme
            shown.evaluate("void window.jupyterapp.commands.execute('mlx-jupyter:load')")
            shown.get_by_role("dialog").get_by_text("fits (needs").wait_for()
            assert findings(shown, DIALOG) == [], theme
            shown.keyboard.press("Escape")
        button(shown, f"Evict {CHAT}").click()
        shown.get_by_text("It is pinned by you.").wait_for()
        assert findings(shown, DIALOG) == []
    finally:
        shown.evaluate(BE_THEMED, THEMES[0])


def test_all_of_it_fits_into_the_narrowest_sidebar(shown: Page) -> None:
    sidebar = panel(shown)
    box = sidebar.bounding_box()
    assert box is not None
    assert box["width"] <= 250, "JupyterLab shows none that is narrower"
    wider = """panel => [...panel.querySelectorAll('*')].filter(
        part => part.scrollWidth > part.clientWidth + 1 && part.clientWidth > 1
    ).map(part => part.className)"""
    assert sidebar.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
    assert sidebar.evaluate(wider) == []
