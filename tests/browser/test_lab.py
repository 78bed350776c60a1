"""Notebooks as a person sees them in JupyterLab."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser

RUN_ALL = "() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }"
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
IDLE = f"() => {KERNEL}?.status === 'idle'"
NOTEBOOK = "window.jupyterapp.shell.currentWidget.content.model.toJSON()"
CODE_CELLS = f"{NOTEBOOK}.cells.filter(cell => cell.cell_type === 'code')"
ALL_RAN = f"() => {CODE_CELLS}.at(-1).execution_count !== null"
"""One runs after the other. `-f code` adds a cell in between, for the reader to run."""
WAIT_MS = 60_000


def open_notebook(page: Page, lab: JupyterProcess, name: str) -> list[str]:
    """Opens it with a running kernel; what the page throws from now on is in the list."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab.origin}lab/tree/{name}?token={lab.token}&reset", timeout=WAIT_MS)
    page.wait_for_selector(".jp-NotebookPanel-toolbar", timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    return errors


def test_every_question_of_the_first_notebook_has_one_answer(
    page: Page, lab: JupyterProcess
) -> None:
    errors = open_notebook(page, lab, "01-start.ipynb")
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_RAN, timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    cells: list[dict[str, Any]] = page.evaluate(f"() => {CODE_CELLS}")
    asked = [cell["outputs"] for cell in cells if cell["source"].startswith("%%chat")]
    assert len(asked) >= 4
    assert all(len(outputs) == 1 and "text/markdown" in outputs[0]["data"] for outputs in asked)
    assert not [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
    page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => panel.scrollTo(0, 0)")
    shown = page.locator(".jp-CodeCell").filter(has_text="What is MLX?").first
    expect(shown.locator(".jp-RenderedMarkdown")).to_contain_text("array framework")
    assert not errors
    if picture := os.environ.get("MLX_JUPYTER_PICTURE"):
        page.screenshot(path=Path(picture))


def test_the_pictures_that_were_sent_stand_above_the_answer(
    page: Page, lab: JupyterProcess
) -> None:
    errors = open_notebook(page, lab, "02-see.ipynb")
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_RAN, timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    cells: list[dict[str, Any]] = page.evaluate(f"() => {CODE_CELLS}")
    assert not [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"]
    both = next(cell for cell in cells if cell["source"].startswith("%%see"))
    assert len(both["outputs"]) == 1
    shown = page.locator(".jp-CodeCell").filter(has_text="Describe these images.").first
    shown.scroll_into_view_if_needed()
    answer = shown.locator(".jp-RenderedMarkdown")
    expect(answer).to_contain_text("A red circle and a blue triangle.")
    pictures = answer.locator("img")
    expect(pictures).to_have_count(2)
    loaded = "images => images.every(image => image.complete && image.naturalWidth > 0)"
    assert pictures.evaluate_all(loaded)
    assert not errors
    if picture := os.environ.get("MLX_JUPYTER_PICTURE"):
        page.screenshot(path=Path(picture).with_stem("see"))


def test_a_column_is_embedded_searched_and_drawn(page: Page, lab: JupyterProcess) -> None:
    errors = open_notebook(page, lab, "03-embed-and-search.ipynb")
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_RAN, timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    cells: list[dict[str, Any]] = page.evaluate(f"() => {CODE_CELLS}")
    embedded = [cell["outputs"] for cell in cells if cell["source"].startswith("%embed texts")]
    assert len(embedded) == 2
    assert all(len(outputs) == 1 for outputs in embedded), "one line, and not the array as well"
    drawn = page.locator(".jp-CodeCell").filter(has_text="np.linalg.svd").first
    drawn.scroll_into_view_if_needed()
    expect(drawn.locator(".jp-RenderedImage img")).to_have_count(1)
    found = page.locator(".jp-CodeCell").filter(has_text="a puppy").first
    found.scroll_into_view_if_needed()
    expect(found.locator("table")).to_contain_text("The kitten licks its paw.")
    assert not errors
    if picture := os.environ.get("MLX_JUPYTER_PICTURE"):
        page.screenshot(path=Path(picture).with_stem("embed"))


def test_a_table_of_answers_is_drawn(page: Page, lab: JupyterProcess) -> None:
    errors = open_notebook(page, lab, "05-extract.ipynb")
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_RAN, timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    cells: list[dict[str, Any]] = page.evaluate(f"() => {CODE_CELLS}")
    asked = [cell["outputs"] for cell in cells if cell["source"].startswith("%%chat")]
    assert all(len(outputs) == 1 for outputs in asked), "how far it is, and then the answers"
    seen = page.locator(".jp-CodeCell").filter(has_text="What color is it?").first
    seen.scroll_into_view_if_needed()
    expect(seen.locator("table")).to_contain_text("Green")
    drawn = page.locator(".jp-CodeCell").filter(has_text="sums.pivot").first
    drawn.scroll_into_view_if_needed()
    expect(drawn.locator("table td").last).to_have_text("20")
    assert not errors
    if picture := os.environ.get("MLX_JUPYTER_PICTURE"):
        page.screenshot(path=Path(picture).with_stem("extract"))
