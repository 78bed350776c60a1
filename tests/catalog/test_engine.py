from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.catalog import Kind
from mlx_jupyter.catalog.engine import ENGINES, Engine, has_architecture, is_installed


@pytest.mark.parametrize(
    ("kind", "model_type"),
    [
        ("text", "llama"),
        ("text", "qwen3"),
        ("text", "gemma3_text"),
        ("vision", "qwen2_vl"),
        ("vision", "Qwen2_5_VL"),
        ("embedding", "bert"),
        ("embedding", "xlm-roberta"),
    ],
)
def test_an_architecture_that_the_library_has_is_found(kind: Kind, model_type: str) -> None:
    assert has_architecture(kind, model_type)


@pytest.mark.parametrize("model_type", ["mistral", "kimi_k2", "falcon_mamba"])
def test_an_architecture_that_the_library_renames_is_found(model_type: str) -> None:
    assert has_architecture("text", model_type)


@pytest.mark.parametrize("kind", ENGINES)
@pytest.mark.parametrize("model_type", ["frobnicate9", "", "../utils", "a/b", "llama\n"])
def test_an_architecture_that_the_library_lacks_is_not_found(kind: Kind, model_type: str) -> None:
    assert not has_architecture(kind, model_type)


def test_every_library_of_the_table_is_installed_here() -> None:
    assert all(is_installed(kind) for kind in ENGINES)


def test_nothing_is_refused_for_a_library_that_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(ENGINES, "text", Engine("frobnicate_lm", "frobnicate-lm", ""))
    assert has_architecture("text", "frobnicate9")


def test_nothing_is_refused_where_the_table_of_names_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "other_lm"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "utils.py").write_text("RENAMES = {}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(ENGINES, "text", Engine("other_lm", "other-lm", ""))
    assert has_architecture("text", "frobnicate9")
