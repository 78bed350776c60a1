"""JupyterLab in a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser.heard import Heard
from tests.jupyter_process import JupyterProcess, jupyter

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
WAIT_MS = 45_000


def browser() -> str | None:
    """Chromium as the distribution installs it, or Chrome; None is playwright's own."""
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    names = (os.environ.get("CHROMIUM"), shutil.which("chromium"), shutil.which("google-chrome"))
    return next((name for name in (*names, mac) if name and Path(name).exists()), None)


@contextmanager
def jupyterlab(
    folder: Path,
    *arguments: str,
    port: int = 0,
    extra_environment: dict[str, str] | None = None,
    has_pool: bool = True,
) -> Iterator[JupyterProcess]:
    """One that asks its user nothing, and that a page's scripts can drive."""
    settings = folder / "settings"
    quiet = settings / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True, exist_ok=True)
    no_news = {"fetchNews": "false", "checkForUpdates": False}
    (quiet / "notification.jupyterlab-settings").write_text(json.dumps(no_news))
    environment = {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    } | (extra_environment or {})
    # What is in the environment is a copy, made when the package was installed.
    extensions = folder / "labextensions" / "@mlx-jupyter"
    extensions.mkdir(parents=True, exist_ok=True)
    (extensions / "labextension").unlink(missing_ok=True)
    (extensions / "labextension").symlink_to(ROOT / "mlx_jupyter" / "labextension")
    if not has_pool:
        arguments = ("--ServerApp.jpserver_extensions={'mlx_jupyter': False}", *arguments)
    ours = f"--LabServerApp.extra_labextensions_path={extensions.parent}"
    expose = ["--LabApp.expose_app_in_browser=True", ours, *arguments]
    with jupyter(
        folder,
        expose,
        app="jupyterlab",
        port=port,
        extra_environment=environment,
        has_pool=has_pool,
    ) as process:
        yield process


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterProcess]:
    """A JupyterLab whose root folder holds copies of the notebooks."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "root").mkdir()
    for notebook in NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(notebook, folder / "root")
    with jupyterlab(folder) as process:
        yield process


@pytest.fixture
def page(lab: JupyterProcess) -> Iterator[Page]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        opened = chromium.new_page(viewport={"width": 1280, "height": 860})
        yield opened
        chromium.close()


@pytest.fixture
def pool(lab: JupyterProcess) -> Iterator[httpx.Client]:
    """The pool of that JupyterLab, with nothing loaded before and after."""
    with lab.http() as client:
        empty(client)
        yield client
        empty(client)


def empty(pool: httpx.Client) -> None:
    for model, facts in pool.get("v1/models/status").json()["models"].items():
        if facts["status"] != "unloaded" or facts["pinned"]:
            pool.post(f"admin/models/unload/{model}", params={"force": "true"})


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserContext]:
    """One for all tests of a module: what it has loaded once, it need not load again."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=browser(), args=FLAGS)
        context = started.new_context(viewport={"width": 1280, "height": 860})
        context.set_default_timeout(WAIT_MS)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context
        started.close()


@pytest.fixture
def tab(chromium: BrowserContext, pool: httpx.Client) -> Iterator[Page]:
    """A new page; nothing in its console is red at the end."""
    opened = chromium.new_page()
    heard = Heard(opened)
    yield opened
    opened.evaluate("0")  # meanwhile Playwright tells what it has heard
    assert heard.errors == []
    opened.close()
