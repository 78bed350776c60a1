"""The memory panel as a person uses it in JupyterLab: by clicks and by keys."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import httpx
import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import jupyterlab
from tests.browser.test_lab import ALL_RAN, IDLE, RUN_ALL, WAIT_MS, open_notebook
from tests.jupyter_process import JupyterProcess, jupyter
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

CHAT, VISION, LLAMA = "demo/chat", "demo/vision", "llama"
SOON_MS = 45_000
until = partial(wait_for, patience_seconds=SOON_MS / 1000)
SMALL = ["--MLXJupyter.memory_limit=3MB", "--MLXJupyter.allow_downloads=False"]


@pytest.fixture(scope="module")
def small_lab(
    tmp_path_factory: pytest.TempPathFactory, checkpoints: Path
) -> Iterator[JupyterProcess]:
    """A JupyterLab whose budget holds `demo/chat` and `llama`, or `demo/vision` and `llama`."""
    folder = tmp_path_factory.mktemp("small_lab")
    (folder / "root").mkdir()
    models = f"--MLXJupyter.model_dirs={json.dumps([str(checkpoints)])}"
    with jupyterlab(folder, models, *SMALL) as process:
        yield process


@pytest.fixture
def http(small_lab: JupyterProcess) -> Iterator[httpx.Client]:
    """Its pool, with nothing loaded."""
    with small_lab.http() as client:
        for model, facts in status(client).items():
            if facts["status"] == "running":
                client.post(f"admin/models/unload/{model}", params={"force": "true"})
        yield client


def status(http: httpx.Client) -> dict[str, dict[str, object]]:
    return dict(http.get("v1/models/status").json()["models"])


def write_notebook(server: JupyterProcess, name: str, *sources: str) -> None:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(made, server.root_dir / name)


def open_panel(page: Page, server: JupyterProcess, name: str, *more: str) -> list[str]:
    """A notebook of that name with a panel; what the page throws is in the list."""
    write_notebook(server, name, "%load_ext mlx_jupyter", "%mlx panel", *more)
    errors = open_notebook(page, server, name)
    page.evaluate(RUN_ALL)
    page.wait_for_function(ALL_RAN, timeout=WAIT_MS)
    page.wait_for_function(IDLE, timeout=WAIT_MS)
    expect(page.get_by_text("MLX memory").first).to_be_visible(timeout=SOON_MS)
    return errors


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def choose(page: Page, model: str) -> None:
    page.get_by_label("Load:").first.fill(model)


def picture(page: Page, name: str) -> None:
    if place := os.environ.get("MLX_JUPYTER_PICTURE"):
        page.screenshot(path=Path(place).with_stem(name))


def test_load_pin_query_and_evict_by_clicks(
    page: Page, small_lab: JupyterProcess, http: httpx.Client
) -> None:
    errors = open_panel(page, small_lab, "clicks.ipynb")
    choose(page, CHAT)
    expect(page.get_by_text("fits (needs 1.30 MB")).to_be_visible(timeout=SOON_MS)
    button(page, f"Load {CHAT}").click()
    expect(button(page, f"Pin {CHAT}")).to_be_enabled(timeout=SOON_MS)
    assert status(http)[CHAT]["status"] == "running"

    button(page, f"Pin {CHAT}").click()
    expect(page.get_by_text(f"{CHAT} is pinned by this notebook.")).to_be_visible(timeout=SOON_MS)
    assert status(http)[CHAT]["pinned"]
    choose(page, VISION)
    expect(page.get_by_text("does not fit: ")).to_be_visible(timeout=SOON_MS)

    button(page, f"Query {CHAT}").click()
    question = page.get_by_placeholder("A question, then Enter")
    expect(question).to_be_focused(timeout=SOON_MS)
    question.press_sequentially("What is MLX?")
    button(page, "Ask").click()
    expect(page.get_by_text(f"{CHAT} · ").last).to_contain_text(" tokens", timeout=SOON_MS)
    picture(page, "panel")

    button(page, f"Unpin {CHAT}").click()
    expect(button(page, f"Pin {CHAT}")).to_be_enabled(timeout=SOON_MS)
    assert not status(http)[CHAT]["pinned"]
    button(page, f"Evict {CHAT}").click()
    expect(page.get_by_text(f"{CHAT} is evicted (")).to_be_visible(timeout=SOON_MS)
    assert status(http)[CHAT]["status"] == "unloaded"
    expect(page.locator("summary", has_text=f"{CHAT} was evicted")).to_be_visible(timeout=SOON_MS)
    assert not errors


def test_who_would_be_evicted_is_said_before_the_click(
    page: Page, small_lab: JupyterProcess, http: httpx.Client
) -> None:
    http.post(f"admin/models/load/{CHAT}", json={"pin": False})
    errors = open_panel(page, small_lab, "evicts.ipynb")
    choose(page, VISION)
    expect(page.get_by_text(f"would evict {CHAT} (needs")).to_be_visible(timeout=SOON_MS)
    button(page, f"Load {VISION}").click()
    evicted = f"{VISION} is loaded"
    expect(page.get_by_text(evicted)).to_contain_text(f"evicted: {CHAT}", timeout=SOON_MS)
    log = page.locator("summary").last
    expect(log).to_contain_text(f"{CHAT} was evicted to make room for {VISION}", timeout=SOON_MS)
    assert status(http)[VISION]["status"] == "running"
    assert status(http)[CHAT]["status"] == "unloaded"
    assert not errors


def test_all_of_it_works_by_keys(page: Page, small_lab: JupyterProcess, http: httpx.Client) -> None:
    http.post(f"admin/models/load/{CHAT}", json={"pin": False})
    errors = open_panel(page, small_lab, "keys.ipynb")
    button(page, "Pause").focus()
    page.keyboard.press("Tab")
    expect(button(page, f"Pin {CHAT}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(button(page, f"Unpin {CHAT}")).to_be_enabled(timeout=SOON_MS)
    assert status(http)[CHAT]["pinned"]

    button(page, f"Unpin {CHAT}").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(button(page, f"Query {CHAT}")).to_be_focused()
    page.keyboard.press("Space")
    question = page.get_by_placeholder("A question, then Enter")
    expect(question).to_be_focused(timeout=SOON_MS)
    page.keyboard.type("What is MLX?")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{CHAT} · ").last).to_contain_text(" tokens", timeout=SOON_MS)

    button(page, f"Unpin {CHAT}").focus()
    page.keyboard.press("Tab")
    expect(button(page, f"Evict {CHAT}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{CHAT} is evicted (")).to_be_visible(timeout=SOON_MS)
    assert status(http)[CHAT]["status"] == "unloaded"

    page.get_by_label("Load:").focus()
    page.keyboard.type(LLAMA)
    page.keyboard.press("Enter")
    expect(button(page, f"Load {LLAMA}")).to_be_enabled(timeout=SOON_MS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(button(page, f"Evict {LLAMA}")).to_be_visible(timeout=SOON_MS)
    assert status(http)[LLAMA]["status"] == "running"
    assert not errors


def test_two_panels_show_the_same_while_a_cell_runs(
    page: Page, small_lab: JupyterProcess, http: httpx.Client
) -> None:
    errors = open_panel(page, small_lab, "two.ipynb", "%mlx panel", "import time")
    add = "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource"
    page.evaluate(f"() => {{ {add}('time.sleep(60)'); }}")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    page.wait_for_function(IDLE.replace("idle", "busy"), timeout=SOON_MS)
    http.post(f"admin/models/load/{CHAT}", json={"pin": False})
    expect(button(page, f"Evict {CHAT}")).to_have_count(2, timeout=SOON_MS)
    http.post(f"admin/models/pin/{CHAT}")
    expect(page.get_by_text("pinned by you")).to_have_count(2, timeout=SOON_MS)
    picture(page, "panels")
    assert not errors


def test_a_click_is_done_while_another_kernel_is_busy(
    page: Page, small_lab: JupyterProcess, http: httpx.Client
) -> None:
    with httpx.Client(
        base_url=small_lab.origin, headers={"Authorization": f"token {small_lab.token}"}
    ) as api:
        write_notebook(small_lab, "busy.ipynb", "%load_ext mlx_jupyter", "import time")
        open_notebook(page, small_lab, "busy.ipynb")
        add = "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource"
        page.evaluate(f"() => {{ {add}('import time; time.sleep(60)'); }}")
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
        page.wait_for_function(IDLE.replace("idle", "busy"), timeout=SOON_MS)
        http.post(f"admin/models/load/{CHAT}", json={"pin": False})
        open_panel(page, small_lab, "beside.ipynb")
        button(page, f"Evict {CHAT}").click()
        expect(page.get_by_text(f"{CHAT} is evicted (")).to_be_visible(timeout=SOON_MS)
        kernels = api.get("api/kernels").json()
        assert "busy" in [kernel["execution_state"] for kernel in kernels]
        for kernel in kernels:
            api.delete(f"api/kernels/{kernel['id']}")


def test_a_panel_whose_output_is_cleared_follows_no_more(
    page: Page, small_lab: JupyterProcess, http: httpx.Client
) -> None:
    threads = "[t.name for t in threading.enumerate() if t.name == 'mlx_jupyter panels']"
    code = f"import threading, time\nwhile {threads}: time.sleep(0.1)\nprint('none left')"
    errors = open_panel(page, small_lab, "cleared.ipynb", "import threading")
    page.evaluate("() => { window.jupyterapp.commands.execute('editmenu:clear-all'); }")
    expect(page.get_by_text("MLX memory")).to_have_count(0, timeout=SOON_MS)
    add = "window.jupyterapp.shell.currentWidget.content.activeCell.model.sharedModel.setSource"
    page.evaluate(f"code => {{ {add}(code); }}", code)
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-cell'); }")
    http.post(f"admin/models/load/{CHAT}")  # something for the feed to look at
    expect(page.get_by_text("none left", exact=True)).to_be_visible(timeout=SOON_MS)
    assert not errors


def free_port() -> int:
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        return int(tcp.getsockname()[1])


def test_a_server_that_is_restarted_under_it_is_found_again(page: Page, tmp_path: Path) -> None:
    """The pool is that of another server than the one that shows the page: else the kernel would
    end too."""
    port = free_port()
    with jupyter(tmp_path / "pool", SMALL, port=port) as first:
        remote = {"MLX_JUPYTER_URL": first.url, "MLX_JUPYTER_API_KEY": first.token}
        (tmp_path / "lab" / "root").mkdir(parents=True)
        lab = jupyterlab(tmp_path / "lab", extra_environment=remote)
        server = lab.__enter__()
        open_panel(page, server, "restart.ipynb")
    try:
        gone = page.get_by_text("Nothing answers at")
        expect(gone.or_(page.get_by_text("broke"))).to_be_visible(timeout=SOON_MS)
        with jupyter(tmp_path / "pool", SMALL, port=port):
            expect(page.get_by_text("Live; last change")).to_be_visible(timeout=SOON_MS)
            choose(page, CHAT)
            button(page, f"Load {CHAT}").click()
            expect(button(page, f"Evict {CHAT}")).to_be_visible(timeout=SOON_MS)
    finally:
        lab.__exit__(None, None, None)
