from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlx_jupyter.catalog.place import MAX_DEPTH, has_weights, is_meant_as_model, path_parts


@pytest.mark.parametrize("text", ["model", "org/model", "a/b/c", "модель", "a b", "..."])
def test_a_plain_path_is_its_parts(text: str) -> None:
    assert path_parts(text, MAX_DEPTH) == tuple(text.split("/"))


@pytest.mark.parametrize(
    "text", ["", "/", "a/", "a//b", ".", "a/..", "a\\b", "a\0", "a\n", "a/b/c/d"]
)
def test_a_path_that_is_not_plain_has_no_parts(text: str) -> None:
    assert path_parts(text, MAX_DEPTH) is None


@pytest.mark.parametrize("name", ["x" * 256, "é" * 128])
def test_a_part_longer_than_a_file_name_is_not_plain(name: str) -> None:
    assert path_parts(name, MAX_DEPTH) is None


@settings(deadline=None)
@given(st.text(alphabet="ab./\\\0~ ", max_size=12) | st.text(max_size=30))
def test_parts_never_lead_out_of_a_folder(text: str) -> None:
    parts = path_parts(text, MAX_DEPTH)
    if parts is not None:
        assert Path("/root").joinpath(*parts).parts[2:] == parts
        assert ".." not in parts


@pytest.mark.parametrize(
    ("files", "weights", "model"),
    [
        (["config.json", "model.safetensors"], True, True),
        (["config.json", "model.safetensors.index.json"], True, True),
        (["model.safetensors"], True, True),
        (["config.json"], False, True),
        (["adapter_config.json", "adapters.safetensors"], False, False),
        (["config.json", "model.safetensors", "adapter_config.json"], True, True),
        (["readme.txt"], False, False),
        ([], False, False),
    ],
)
def test_a_folder_is_a_model_by_its_files(
    tmp_path: Path, files: list[str], weights: bool, model: bool
) -> None:
    for name in files:
        (tmp_path / name).touch()
    assert (has_weights(tmp_path), is_meant_as_model(tmp_path)) == (weights, model)
