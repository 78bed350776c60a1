"""JupyterLab in a real Chromium."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.jupyter_process import JupyterProcess, jupyter

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]


def browser() -> str | None:
    """Chromium as the distribution installs it, or Chrome; None is playwright's own."""
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    names = (os.environ.get("CHROMIUM"), shutil.which("chromium"), shutil.which("google-chrome"))
    return next((name for name in (*names, mac) if name and Path(name).exists()), None)


@contextmanager
def jupyterlab(
    folder: Path, *arguments: str, extra_environment: dict[str, str] | None = None
) -> Iterator[JupyterProcess]:
    """One that asks its user nothing, and that a page's scripts can drive."""
    settings = folder / "settings"
    quiet = settings / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True)
    no_news = {"fetchNews": "false", "checkForUpdates": False}
    (quiet / "notification.jupyterlab-settings").write_text(json.dumps(no_news))
    environment = {
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    } | (extra_environment or {})
    # What is in the environment is a copy, made when the package was installed.
    extensions = folder / "labextensions" / "@mlx-jupyter"
    extensions.mkdir(parents=True)
    (extensions / "labextension").symlink_to(ROOT / "mlx_jupyter" / "labextension")
    ours = f"--LabServerApp.extra_labextensions_path={extensions.parent}"
    expose = ["--LabApp.expose_app_in_browser=True", ours, *arguments]
    with jupyter(folder, expose, app="jupyterlab", extra_environment=environment) as process:
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
