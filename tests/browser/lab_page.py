"""A page of JupyterLab that shows the pool, and how a person gets about in it."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import nbformat
from playwright.sync_api import Locator, Page

from tests.browser.conftest import WAIT_MS
from tests.jupyter_process import JupyterProcess
from tests.waiting import wait_for

__all__ = [
    "CHAT",
    "EMBED",
    "button",
    "last_prompt",
    "load",
    "models",
    "open_lab",
    "open_notebook",
    "palette",
    "panel",
    "run_all",
    "status_item",
    "until",
]

CHAT, EMBED = "demo/chat", "demo/embed"
KERNEL = "window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status"
Prompt = Literal["running", "ran"]
PROMPTS: dict[Prompt, re.Pattern[str]] = {
    "running": re.compile(r"\[\*\]"),
    "ran": re.compile(r"\[\d+\]"),
}
until = partial(wait_for, patience_seconds=WAIT_MS / 1000)


def open_lab(page: Page, lab: JupyterProcess, path: str = "") -> None:
    """Waits until it shows what is in the pool, and JupyterLab has put the keyboard in place."""
    page.goto(f"{lab.origin}lab{path}?token={lab.token}&reset")
    page.wait_for_function("document.activeElement.closest('#jp-main-dock-panel') !== null")
    status_item(page).wait_for()


def open_notebook(page: Page, lab: JupyterProcess, name: str, *sources: str) -> None:
    """One of these cells, with an idle kernel."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, Path(lab.root_dir) / name)
    open_lab(page, lab, f"/tree/{name}")
    page.wait_for_function(f"() => {KERNEL} === 'idle'")


def run_all(page: Page, expected: Prompt) -> None:
    """Runs the cells of the notebook; waits until the last has this prompt."""
    page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    last_prompt(page, expected)


def last_prompt(page: Page, expected: Prompt) -> None:
    """Waits until the last cell is `running`, or `ran`.

    A kernel's status won't do: it is idle too after a message of its control channel.
    """
    page.locator(".jp-CodeCell .jp-InputPrompt").last.get_by_text(PROMPTS[expected]).wait_for()


def palette(page: Page, command: str) -> None:
    """Chooses a command as a person does, by its name."""
    page.keyboard.press("ControlOrMeta+Shift+C")
    found = page.locator("#modal-command-palette .lm-CommandPalette-item.lm-mod-active")
    page.locator("#modal-command-palette input").wait_for()
    page.keyboard.insert_text(command)
    found.filter(has_text=command).wait_for()
    page.keyboard.press("Enter")


def panel(page: Page) -> Locator:
    return page.get_by_role("region", name="MLX models", exact=True)


def status_item(page: Page) -> Locator:
    return page.locator(".mlx-StatusItem").get_by_role("button")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def models(pool: httpx.Client) -> dict[str, dict[str, Any]]:
    """Those that are loaded, or on the way."""
    known = dict(pool.get("v1/models/status").json()["models"])
    return {model: facts for model, facts in known.items() if facts["status"] != "unloaded"}


def load(pool: httpx.Client, *wanted: str, pin: bool = False) -> None:
    """As another client would."""
    for model in wanted:
        pool.post(f"admin/models/load/{model}", json={"pin": pin}).raise_for_status()
