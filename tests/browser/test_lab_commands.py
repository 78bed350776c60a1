"""The pool in JupyterLab's own places: the status bar, the list of what runs, the palette."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

from tests.browser.conftest import FLAGS, browser
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser

EMBED = "demo/embed"
SOON_MS = 45_000
FOLLOWS_MS = 2_000
KERNEL = "window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
SHOW_RUNNING = "() => window.jupyterapp.shell.activateById('jp-running-sessions')"
FAILED = "[data-mime-type='application/vnd.jupyter.stderr']"


@pytest.fixture(scope="module")
def opened(lab: JupyterProcess) -> Iterator[tuple[Page, list[str]]]:
    """A page with a notebook whose first cell fails, and the errors in its console."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(notebook, lab.root_dir / "fails.ipynb")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        page, errors = chromium.new_page(viewport={"width": 1280, "height": 860}), []
        page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{lab.origin}lab/tree/fails.ipynb?token={lab.token}&reset")
        page.wait_for_function(f"() => {KERNEL}?.status === 'idle'", timeout=2 * SOON_MS)
        yield page, errors
        chromium.close()


@pytest.fixture
def page(opened: tuple[Page, list[str]]) -> Iterator[Page]:
    page, errors = opened
    expect(item(page)).to_be_visible(timeout=SOON_MS)
    yield page
    assert not errors


@pytest.fixture
def http(lab: JupyterProcess) -> Iterator[httpx.Client]:
    with lab.http() as client:
        yield client
        client.post(f"admin/models/unload/{EMBED}?force=true")


def item(page: Page) -> Locator:
    """That of the status bar."""
    return page.locator(".mlx-StatusItem").get_by_role("button")


def evict(row: Locator) -> None:
    """By the button of one of the running models, which is there for the mouse."""
    row.hover()
    row.get_by_title("Evict").click()


def run_command(page: Page, words: str) -> None:
    """As the user does who knows its name."""
    page.keyboard.press("Control+Shift+C")
    page.keyboard.type(words)
    expect(page.locator(".lm-CommandPalette-item.lm-mod-active")).to_contain_text(words)
    page.keyboard.press("Enter")


def test_the_status_bar_and_the_running_models_follow_the_pool(
    page: Page, http: httpx.Client
) -> None:
    page.evaluate(SHOW_RUNNING)
    row = page.locator(".jp-RunningSessions-item", has_text=EMBED)
    expect(row).to_have_count(0)
    http.post(f"admin/models/load/{EMBED}")
    expect(row).to_contain_text("pinned", timeout=FOLLOWS_MS)
    expect(item(page)).to_contain_text("model", timeout=FOLLOWS_MS)
    assert f"{EMBED}: " in (item(page).get_attribute("title") or "")

    evict(row)
    page.get_by_role("dialog").get_by_text("It is pinned by you.").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Evict All").click()
    expect(page.get_by_role("dialog")).to_contain_text(f"stays: {EMBED} (pinned)")
    page.keyboard.press("Escape")
    http.post(f"admin/models/unpin/{EMBED}")
    expect(row).not_to_contain_text("pinned", timeout=FOLLOWS_MS)
    evict(row)
    expect(row).to_have_count(0, timeout=SOON_MS)


def test_the_status_bar_leads_to_the_panel_by_keys(page: Page) -> None:
    item(page).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="MLX models", exact=True)).to_be_visible(timeout=SOON_MS)


def test_a_model_is_chosen_loaded_and_pinned_by_keys(page: Page, http: httpx.Client) -> None:
    run_command(page, "Load MLX Model")
    choice = page.get_by_role("dialog").get_by_label("Model")
    expect(choice).to_be_focused()
    page.keyboard.type(EMBED)
    expect(page.get_by_role("dialog").get_by_role("status")).to_contain_text("fits (needs")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{EMBED} is loaded").first).to_be_visible(timeout=SOON_MS)
    assert http.get("v1/models/status").json()["models"][EMBED]["pinned"]


def test_an_error_is_explained_and_a_question_asked_below_it(page: Page) -> None:
    cells = page.locator(".jp-CodeCell")
    cells.first.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    cells.first.locator(FAILED).wait_for(timeout=SOON_MS)
    page.keyboard.press("Escape")
    run_command(page, "Explain Error")
    expect(cells.nth(1)).to_contain_text("%load_ext mlx_jupyter")
    expect(cells.nth(2)).to_contain_text("%chat fix")
    expect(cells.nth(2).locator(".jp-RenderedMarkdown")).to_contain_text("tokens", timeout=SOON_MS)

    run_command(page, "Insert Chat Cell")
    expect(cells.nth(3).locator(".cm-content")).to_be_focused()
    page.keyboard.type("What is MLX?")
    page.keyboard.press("Control+Enter")
    answer = cells.nth(3).locator(".jp-RenderedMarkdown")
    expect(answer).to_contain_text("MLX is an array framework", timeout=SOON_MS)
