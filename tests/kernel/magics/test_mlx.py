"""`%mlx` in a plain shell, against a real server."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
from IPython.core.error import UsageError

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.magics.following import follow_load
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from tests.kernel.conftest import in_use

CHAT = "demo/chat"


@pytest.fixture
def mlx(empty_pool: Pool, small_pool: Any, shell: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("MLX_JUPYTER_URL", small_pool.url)
    monkeypatch.setenv("MLX_JUPYTER_API_KEY", small_pool.key)
    return lambda line="": shell.run_line_magic("mlx", line)


def test_alone_it_shows_the_budget(mlx: Any) -> None:
    assert "0 B of 2.00 MB used, 0 models, 2.00 MB free" in str(mlx())


def test_status_shows_what_is_loaded_and_by_whom_it_is_pinned(mlx: Any) -> None:
    mlx(f"load {CHAT}")
    row = str(mlx("status")).splitlines()[-1].split()
    assert row[:4] == [CHAT, "loaded", "1.30", "MB"]
    assert "you" in row


def test_status_tells_of_vectors_on_disk(
    mlx: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", str(tmp_path))
    assert "vectors" not in str(mlx())
    VectorCache(tmp_path).keep({b"digest": b"vector"})
    assert "of vectors are kept on disk." in str(mlx())


def test_models_shows_all_of_them(mlx: Any) -> None:
    assert {CHAT, "demo/embed", "demo/vision", "llama"} <= set(str(mlx("models")).split())


def test_a_load_ends_with_one_line(mlx: Any) -> None:
    said = str(mlx(f"load {CHAT} --keep-alive -1"))
    assert said.startswith(f"{CHAT} is loaded and pinned (1.30 MB, ")


def test_a_load_tells_whom_it_evicted(mlx: Any) -> None:
    mlx(f"load {CHAT} --no-pin")
    mlx("load llama --no-pin")
    assert str(mlx("load qwen3")).endswith(f"; evicted: {CHAT}.")


def test_a_plan_is_told_in_words(mlx: Any) -> None:
    mlx(f"load {CHAT}")
    assert str(mlx("plan llama")).startswith("llama fits (it needs 443 kB, ")


def test_a_refusal_is_one_line_with_who_holds_the_memory(mlx: Any) -> None:
    for name in (CHAT, "llama"):
        mlx(f"load {name}")
    with pytest.raises(UsageError) as raised:
        mlx("load qwen3")
    said = str(raised.value)
    assert said.startswith("Insufficient memory: need ")
    assert (said.count(CHAT), said.count("llama"), said.count("\n")) == (1, 1, 0)


def test_evict_says_what_was_freed(mlx: Any) -> None:
    mlx(f"load {CHAT}")
    assert str(mlx(f"evict {CHAT}")) == f"{CHAT} is evicted (1.30 MB)."


def test_evict_all_leaves_nothing(mlx: Any, empty_pool: Pool) -> None:
    for name in (CHAT, "llama"):
        mlx(f"load {name}")
    assert len(mlx("evict --all").evicted) == 2
    assert str(mlx("evict --all")) == "No model is loaded."


def test_evict_all_keeps_what_is_in_use(mlx: Any, empty_pool: Pool) -> None:
    with in_use(empty_pool, "llama"):
        assert list(mlx("evict --all").kept) == ["llama"]
        assert [left.model for left in mlx("evict --all --force").evicted] == ["llama"]


def test_pin_and_unpin_are_told_in_words(mlx: Any) -> None:
    mlx(f"load {CHAT} --no-pin")
    assert str(mlx(f"pin {CHAT}")) == f"{CHAT} is pinned by you."
    assert str(mlx(f"unpin {CHAT}")) == f"{CHAT} is not pinned any more."


def test_switch_is_told_in_words(mlx: Any) -> None:
    assert str(mlx(f"switch {CHAT} --policy smart")) == f"{CHAT} is loaded."
    assert str(mlx(f"switch {CHAT}")) == f"{CHAT} was loaded already."


def test_use_sets_the_model_of_chat(mlx: Any, shell: Any) -> None:
    mlx("use llama")
    shell.run_line_magic("chat", "--max-tokens 2 -o answer Hello")
    assert shell.user_ns["answer"].model == "llama"
    mlx("use --reset")
    shell.run_line_magic("chat", "--max-tokens 2 -o answer Hello")
    assert shell.user_ns["answer"].model == CHAT


def test_a_model_that_is_named_goes_before_the_one_in_use(mlx: Any, shell: Any) -> None:
    mlx("use llama")
    shell.run_cell_magic("chat", f"{CHAT} --max-tokens 2 -o answer", "Hello")
    assert shell.user_ns["answer"].model == CHAT


def test_a_model_that_does_not_exist_is_not_used(mlx: Any) -> None:
    with pytest.raises(UsageError, match="Did you mean demo/chat"):
        mlx("use demo/chatt")
    assert "server's default" in str(mlx("use"))


def test_the_last_events_are_a_table(mlx: Any) -> None:
    mlx(f"load {CHAT}")
    report = mlx("events -n 5")
    assert len(report.events) == 5
    assert "loading → ready" in str(report)


class Stopping:
    """An output during whose first update ■ is pressed."""

    def show(self, bundle: dict[str, str]) -> None:
        raise KeyboardInterrupt

    def clear(self) -> None:
        self.cleared = True


def test_an_interrupt_gives_the_load_up_and_says_so(mlx: Any, empty_pool: Pool) -> None:
    live: Any = Stopping()
    options = Namespace(model=CHAT, pin=True, keep_alive=None, keep=False)
    with pytest.raises(Interrupted, match=f"the load of {CHAT} is given up") as raised:
        follow_load(empty_pool, options, live)
    assert live.cleared
    assert raised.value._render_traceback_() == [f"Interrupted: {raised.value}"]


def test_help_shows_the_verbs(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%mlx?")
    said = capsys.readouterr().out
    assert "%mlx load MODEL [--no-pin]" in said
    assert "%mlx events -n 10" in said
