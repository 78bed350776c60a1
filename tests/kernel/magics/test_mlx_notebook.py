"""`%mlx` in a real kernel that the real server started."""

from __future__ import annotations

from typing import Any

from mlx_jupyter.kernel.client import Pool

CHAT = "demo/chat"


def test_status_is_one_output_with_a_table(empty_pool: Pool, pool_notebook: Any) -> None:
    empty_pool.load(CHAT)
    cell = pool_notebook.run("%mlx")
    assert len(cell.outputs) == 1
    assert "<table>" in cell.outputs[0]["text/html"]
    assert "1 model" in cell.outputs[0]["text/plain"]


def test_a_load_is_one_output_that_ends_with_the_result(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    cell = pool_notebook.run(f"%mlx load {CHAT}")
    assert len(cell.outputs) == 1
    assert cell.updates > 0
    assert cell.outputs[0]["text/plain"].startswith(f"{CHAT} is loaded and pinned")


def test_the_result_is_kept_and_shown_again(empty_pool: Pool, pool_notebook: Any) -> None:
    pool_notebook.run(f"%mlx load {CHAT}")
    cell = pool_notebook.run("_.loaded.model, _")
    assert f"('{CHAT}', {CHAT} is loaded" in cell.outputs[0]["text/plain"]


def test_a_pin_is_the_notebooks_and_with_keep_the_users(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    pool_notebook.run(f"%mlx load {CHAT}")
    kernel = pool_notebook.client.kernel_id
    assert empty_pool.status().models[CHAT].pinned_by == [kernel]
    assert "this notebook" in pool_notebook.run("%mlx").outputs[0]["text/plain"]
    pool_notebook.run(f"%mlx pin --keep {CHAT}")
    assert set(empty_pool.status().models[CHAT].pinned_by) == {kernel, "user"}
    said = pool_notebook.run(f"%mlx unpin {CHAT}").outputs[0]["text/plain"]
    assert said.startswith(f"{CHAT} is still pinned by you.")


def test_requests_say_which_kernel_asks(empty_pool: Pool, pool_notebook: Any) -> None:
    code = "import mlx_jupyter; mlx_jupyter.connect()._http.headers['X-MLX-Client']"
    shown = pool_notebook.run(code).outputs[0]["text/plain"]
    assert shown == repr(pool_notebook.client.kernel_id)


def test_a_mistake_is_one_line(empty_pool: Pool, pool_notebook: Any) -> None:
    cell = pool_notebook.run("%mlx plan demo/chatt")
    assert cell.status == "error"
    assert cell.traceback == []
    assert cell.stderr.startswith("UsageError: There is no model 'demo/chatt'")


def test_an_interrupt_ends_the_following_of_events_not_the_cell(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    pool_notebook.run("import threading, mlx_jupyter; pool = mlx_jupyter.connect()")
    pool_notebook.run("threading.Timer(0.3, pool.load, ['demo/chat']).start()")
    cell = pool_notebook.run("%mlx events", interrupt_at="ready")
    assert cell.status == "ok"
    assert len(cell.outputs) == 1
    assert "loading → ready" in cell.outputs[0]["text/plain"]
