"""`%mlx panel` in a real kernel, in a terminal, and in a notebook that was saved."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel.static import StaticPanel
from tests.jupyter_process import JupyterProcess
from tests.kernel_start import execute

CHAT = "demo/chat"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
THREADS = (
    "import threading; "
    "[thread.name for thread in threading.enumerate() if thread.name == 'mlx_jupyter panels']"
)


@pytest.fixture
def use_pool(
    small_pool: JupyterProcess, runtime: object, monkeypatch: pytest.MonkeyPatch
) -> JupyterProcess:
    monkeypatch.setenv("MLX_JUPYTER_URL", small_pool.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", small_pool.key)
    return small_pool


def test_it_is_one_output_with_a_table_for_who_has_no_widgets(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    cell = pool_notebook.run("%mlx panel")
    assert len(cell.outputs) == 1
    assert set(cell.outputs[0]) == {WIDGET_VIEW, "text/html", "text/plain"}
    assert "<table>" in cell.outputs[0]["text/html"]


def test_two_panels_have_one_thread_which_ends_with_the_extension(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    pool_notebook.run("%mlx panel")
    pool_notebook.run("%mlx panel")
    assert pool_notebook.run(THREADS).outputs[0]["text/plain"] == "['mlx_jupyter panels']"
    pool_notebook.run(
        "threads = [t for t in threading.enumerate() if t.name == 'mlx_jupyter panels']"
    )
    pool_notebook.run("%unload_ext mlx_jupyter")
    pool_notebook.run("[thread.join(10) for thread in threads]")
    assert pool_notebook.run(THREADS).outputs[0]["text/plain"] == "[]"


def test_a_pin_by_a_click_is_the_notebooks_own(empty_pool: Pool, pool_notebook: Any) -> None:
    empty_pool.load(CHAT, pin=False)
    pool_notebook.run("import mlx_jupyter; panel = mlx_jupyter.MemoryPanel()")
    pool_notebook.run(f"panel.grid._lines['{CHAT}'].buttons['Pin'].click()")
    pool_notebook.run(
        "import time\nwhile 'is pinned by this notebook' not in panel._note.value: time.sleep(0.01)"
    )
    assert empty_pool.status().models[CHAT].pinned_by == [pool_notebook.client.kernel_id]


def test_a_running_cell_does_not_stop_the_figures(empty_pool: Pool, pool_notebook: Any) -> None:
    pool_notebook.run("import mlx_jupyter, time; panel = mlx_jupyter.MemoryPanel()")
    pool_notebook.run("pool = mlx_jupyter.connect()")
    cell = pool_notebook.run(
        f"pool.load('{CHAT}')\nwhile '{CHAT}' not in panel._bar.value: time.sleep(0.01)"
    )
    assert cell.status == "ok"


def test_in_a_terminal_it_is_a_table(use_pool: Any, empty_pool: Pool, shell: Any) -> None:
    shown = shell.run_line_magic("mlx", "panel")
    assert isinstance(shown, StaticPanel)
    assert str(shown).startswith("MLX memory as of ")


def test_an_executed_notebook_that_is_converted_has_the_table(
    use_pool: Any, empty_pool: Pool
) -> None:
    empty_pool.load(CHAT)
    sources = ["%load_ext mlx_jupyter", "%mlx panel"]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    # With the state nbconvert prefers the widget, which needs a script from elsewhere.
    execute(notebook, store_widget_state=False)
    html, _ = HTMLExporter().from_notebook_node(notebook)
    assert ">MLX memory as of " in html
    assert f">{CHAT}</th>" in html
