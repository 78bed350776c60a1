from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mlx_jupyter.catalog.weights import INDEX_FILE, check_weights
from mlx_jupyter.errors import CheckpointInvalid

Weights = Callable[..., None]


def test_weights_that_are_all_there_pass(tmp_path: Path, weights: Weights) -> None:
    weights(tmp_path / "model-00001-of-00001.safetensors", a=10)
    check_weights(tmp_path)


def test_shards_missing_by_their_own_numbering_are_found(tmp_path: Path, weights: Weights) -> None:
    weights(tmp_path / "model-00002-of-00003.safetensors", a=10)
    with pytest.raises(CheckpointInvalid, match="2 of 3 weight files, by their own numbering"):
        check_weights(tmp_path)


def test_shards_missing_by_the_index_are_found(tmp_path: Path, weights: Weights) -> None:
    weights(tmp_path / "model-a.safetensors", a=10)
    files = {name: f"model-{name}.safetensors" for name in "abcde"}
    (tmp_path / INDEX_FILE).write_text(json.dumps({"weight_map": files}))
    with pytest.raises(
        CheckpointInvalid, match=r"4 of 5 .*\(model-b.*, model-c.*, model-d.*, ...\)"
    ):
        check_weights(tmp_path)


def test_all_shards_missing_is_an_incomplete_download(tmp_path: Path) -> None:
    (tmp_path / INDEX_FILE).write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    with pytest.raises(CheckpointInvalid, match="incomplete: 1 of 1"):
        check_weights(tmp_path)


@pytest.mark.parametrize("name", ["../model.safetensors", "/etc/passwd", "a/b.safetensors"])
def test_an_index_may_not_list_files_elsewhere(tmp_path: Path, weights: Weights, name: str) -> None:
    weights(tmp_path / "model.safetensors", a=10)
    (tmp_path / INDEX_FILE).write_text(json.dumps({"weight_map": {"a": name}}))
    with pytest.raises(CheckpointInvalid, match="not in the checkpoint's folder"):
        check_weights(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"weight_map": {"a": 1}}'])
def test_a_damaged_index_is_found(tmp_path: Path, weights: Weights, text: str) -> None:
    weights(tmp_path / "model.safetensors", a=10)
    (tmp_path / INDEX_FILE).write_text(text)
    with pytest.raises(CheckpointInvalid, match="is not an index of weight files"):
        check_weights(tmp_path)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.gguf"])
def test_weights_in_another_format_are_named(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    with pytest.raises(CheckpointInvalid, match=f"only {name}. MLX reads safetensors"):
        check_weights(tmp_path)


def test_weights_without_tensors_are_found(tmp_path: Path, weights: Weights) -> None:
    weights(tmp_path / "model.safetensors", metadata={"format": "mlx"})
    with pytest.raises(CheckpointInvalid, match="holds no tensors"):
        check_weights(tmp_path)


def test_one_byte_too_few_is_found(tmp_path: Path, weights: Weights) -> None:
    file = tmp_path / "model.safetensors"
    weights(file, a=10)
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(CheckpointInvalid, match="truncated"):
        check_weights(tmp_path)
