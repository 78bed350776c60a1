"""What JupyterLab's start costs with the extension, and what comes only when it is needed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page

from tests.browser.lab_page import open_lab, panel
from tests.jupyter_process import JupyterProcess

pytestmark = pytest.mark.browser

MOST_BYTES = 36_000
FETCHED = """async () => {
  await window.jupyterapp?.restored;
  return performance.getEntriesByType('resource')
    .filter(({ name }) => name.includes('/lab/extensions/@mlx-jupyter/'))
    .map(({ name, decodedBodySize }) => [name.split('/').at(-1).split('.')[0], decodedBodySize]);
}"""
PARTS = {"panel", "commands", "inline", "lists"}


def test_the_start_takes_little_and_no_part_that_is_needed_later(
    page: Page, lab: JupyterProcess
) -> None:
    page.goto(f"{lab.origin}lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp !== undefined")
    fetched = dict(page.evaluate(FETCHED))
    assert PARTS.isdisjoint(fetched)
    assert 10_000 < sum(fetched.values()) < MOST_BYTES


def test_a_panel_that_could_not_be_fetched_says_so_and_is_fetched_when_it_is_seen_again(
    page: Page, lab: JupyterProcess
) -> None:
    open_lab(page, lab)
    page.route(re.compile(r"/panel\.\w+\.js"), lambda route: route.abort())
    page.get_by_role("tab", name="MLX models").click()
    panel(page).get_by_text("The Jupyter server does not answer.").wait_for()
    page.unroute_all()
    page.get_by_role("tab", name="Property Inspector").click()
    page.get_by_role("tab", name="MLX models").click()
    panel(page).get_by_label("Model to load").wait_for()
    assert panel(page).get_by_text("The Jupyter server does not answer.").count() == 0
