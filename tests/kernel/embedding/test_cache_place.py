from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from mlx_jupyter.kernel.embedding.cache_place import cache_folder


def test_vectors_are_kept_in_the_users_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLX_JUPYTER_CACHE", raising=False)
    assert cache_folder() == platformdirs.user_cache_path("mlx_jupyter", appauthor=False)


def test_the_environment_names_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", "~/elsewhere")
    assert cache_folder() == Path.home() / "elsewhere"


@pytest.mark.parametrize("word", ["off", "OFF", "0", "false", "no"])
def test_the_environment_turns_it_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    monkeypatch.setenv("MLX_JUPYTER_CACHE", word)
    assert cache_folder() is None
