"""When JupyterLab's pages look at the pool, and when they do not."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.heard import Heard
from tests.jupyter_process import JupyterProcess
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

BE_UNTOLD = """new MutationObserver(() => {
    const config = document.getElementById('jupyter-config-data');
    if (/mlxJupyter[^]*}/.test(config?.textContent)) {
        config.textContent = config.textContent.replace('mlxJupyter', 'notOurs');
    }
}).observe(document, { childList: true, subtree: true });"""
"""The page is as a server without this extension makes it."""
COUNT_EVENTS = """async () => {
    await window.jupyterapp.restored;
    window.poolEvents = [];
    window.jupyterapp.serviceManager.events.stream.connect((_, event) => {
        if (event.schema_id.endsWith('/events/pool')) {
            window.poolEvents.push(`${event.type} ${event.state ?? ''}`);
        }
    });
}"""
BE_HIDDEN = """isHidden => {
    const say = (name, value) =>
        Object.defineProperty(document, name, { configurable: true, get: () => value });
    say('hidden', isHidden);
    say('visibilityState', isHidden ? 'hidden' : 'visible');
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def http(lab: JupyterProcess) -> Iterator[httpx.Client]:
    with lab.http() as made:
        yield made
        made.post("/admin/models/unload/demo/embed?force=true")


def open_lab(page: Page, lab: JupyterProcess) -> Heard:
    heard = Heard(page)
    page.goto(f"{lab.origin}lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate(COUNT_EVENTS)
    return heard


def test_a_server_without_a_pool_is_asked_nothing_and_the_console_stays_empty(
    page: Page, lab: JupyterProcess
) -> None:
    page.add_init_script(BE_UNTOLD)
    heard = open_lab(page, lab)
    expect(page.locator(".jp-Launcher").first).to_be_visible()
    assert "notOurs" in str(page.locator("#jupyter-config-data").text_content())
    assert (heard.asked, heard.errors) == ([], [])


def test_what_others_do_is_looked_at_soon_but_never_while_the_page_is_hidden(
    page: Page, lab: JupyterProcess, http: httpx.Client
) -> None:
    heard = open_lab(page, lab)
    wait_for(lambda: heard.looks() == 1)
    http.post("/admin/models/load/demo/embed?pin=false")
    wait_for(lambda: heard.looks() > 1, patience_seconds=2)
    page.evaluate(BE_HIDDEN, True)
    looks = heard.looks()
    http.post("/admin/models/unload/demo/embed")
    page.wait_for_function("window.poolEvents.includes('state absent')")
    assert heard.looks() == looks
    page.evaluate(BE_HIDDEN, False)
    wait_for(lambda: heard.looks() > looks, patience_seconds=2)
    assert heard.errors == []
