"""`%mlx bench` in a plain shell, against a real server and its demo models."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.magics.benching import follow_bench
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.session import Session
from tests.waiting import wait_for

CHAT = "demo/chat"


@pytest.fixture
def mlx(empty_pool: Pool, small_pool: Any, shell: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLX_JUPYTER_URL", small_pool.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", small_pool.key)
    return lambda line: shell.run_line_magic("mlx", line)


def test_a_model_is_loaded_and_measured_alone_and_four_at_once(mlx: Any, empty_pool: Pool) -> None:
    report = mlx("bench --n 1")
    assert report.model == CHAT
    assert report.load_seconds > 0
    assert [(one.streams, one.rounds) for one in report.summaries] == [(1, 1), (4, 1)]
    assert all(one.tokens_per_second > 0 and one.tokens > 0 for one in report.summaries)
    assert all(one.seconds_to_first_token > 0 for one in report.summaries)
    assert not empty_pool.status().models[CHAT].pinned


def test_a_model_that_is_loaded_is_measured_as_it_is(mlx: Any, empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    assert mlx(f"bench {CHAT} --n 1").load_seconds is None
    assert empty_pool.status().models[CHAT].pinned


def test_a_model_that_makes_vectors_is_refused(mlx: Any) -> None:
    with pytest.raises(UsageError, match="makes vectors"):
        mlx("bench demo/embed")


class Stopping:
    """An output during which, after a round ■ is pressed."""

    def show(self, bundle: dict[str, str]) -> None:
        if "1 of" in bundle["text/plain"]:
            raise KeyboardInterrupt

    def clear(self) -> None:
        self.cleared = True


def test_an_interrupt_gives_the_measurement_up(mlx: Any, empty_pool: Pool) -> None:
    live: Any = Stopping()
    with pytest.raises(Interrupted, match="given up"):
        follow_bench(empty_pool, Session(), Namespace(model=CHAT, rounds=1), live)
    assert live.cleared
    wait_for(lambda: not empty_pool.status().models[CHAT].in_use)


def test_in_a_notebook_it_is_one_output_and_an_interrupt_frees_the_model(
    empty_pool: Pool, pool_notebook: Any
) -> None:
    cell = pool_notebook.run("%mlx bench --n 1")
    assert len(cell.outputs) == 1
    assert "Tokens/s each" in cell.outputs[0]["text/html"]
    cell = pool_notebook.run("%mlx bench --n 999", interrupt_at="2 of")
    assert cell.status == "error"
    assert cell.traceback == ["Interrupted: the measurement of demo/chat is given up"]
    wait_for(lambda: not empty_pool.status().models[CHAT].in_use)
    pool_notebook.run("import mlx_jupyter; mlx_jupyter.connect().evict('demo/chat')")
    assert empty_pool.status().models[CHAT].status == "unloaded"
