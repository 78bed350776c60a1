"""What JupyterLab's pages make of a server without models, and of one that starts again."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.browser.conftest import jupyterlab
from tests.browser.heard import Heard
from tests.browser.lab_page import CHAT, button, load, models, open_lab, panel, status_item, until

pytestmark = pytest.mark.browser

GONE = "Server Connection Error"
"""The title of JupyterLab's own dialog."""


def free_port() -> int:
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return int(tcp.getsockname()[1])


def test_a_server_without_the_extension_is_told_of_in_one_sentence_and_never_asked(
    chromium: BrowserContext, tmp_path: Path
) -> None:
    page = chromium.new_page()
    heard = Heard(page)
    with jupyterlab(tmp_path, has_pool=False) as server:
        page.goto(f"{server.origin}lab?token={server.token}&reset")
        page.get_by_role("tab", name="MLX models").click()
        panel(page).get_by_text("The server extension mlx_jupyter is not enabled here").wait_for()
        assert panel(page).locator("p").count() == 1
        assert status_item(page).count() == 0
        page.get_by_role("tab", name="Running Terminals").click()
        page.get_by_text("Kernels", exact=True).wait_for()
        assert page.get_by_text("MLX models", exact=True).count() == 1, "the panel's own title"
        assert (heard.asked, heard.errors) == ([], [])
    page.close()


def test_a_server_that_starts_again_is_found_and_works_on(
    chromium: BrowserContext, tmp_path: Path
) -> None:
    port = free_port()
    page = chromium.new_page()
    heard = Heard(page)
    with jupyterlab(tmp_path, port=port) as server:
        open_lab(page, server)
        status_item(page).click()
        with server.http() as pool:
            load(pool, CHAT)
        button(page, f"Evict {CHAT}").wait_for()
    status_item(page).filter(has_text="MLX: server does not answer").wait_for()
    panel(page).get_by_text("The Jupyter server does not answer.").first.wait_for()
    assert button(page, f"Evict {CHAT}").get_attribute("aria-disabled") == "true"
    with jupyterlab(tmp_path, port=port) as server, server.http() as pool:
        panel(page).get_by_text("No model is loaded.").wait_for()
        page.keyboard.press("Escape")
        page.get_by_text(GONE).wait_for(state="hidden")
        page.get_by_label("Model to load").fill(CHAT)
        button(page, f"Load {CHAT}").click()
        button(page, f"Evict {CHAT}").wait_for()
        until(lambda: models(pool)[CHAT]["status"] == "running")
    page.close()
    assert heard.without_outage() == []
