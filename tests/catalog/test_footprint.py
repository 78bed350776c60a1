from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlx_jupyter.catalog.footprint import footprint_bytes, read_header, weight_files
from mlx_jupyter.errors import CheckpointInvalid
from tests.models import TRAINED, build

COUNT = """
import sys, mlx.core as mx
print(sum(array.nbytes for array in mx.load(sys.argv[1]).values()))
"""


def bytes_in_mlx(file: Path) -> int:
    command = [sys.executable, "-c", COUNT, str(file)]
    return int(subprocess.check_output(command, text=True))


@pytest.mark.parametrize("family", TRAINED)
def test_the_footprint_is_what_the_tensors_take_in_mlx(family: str) -> None:
    folder = TRAINED[family]
    assert footprint_bytes(folder) == bytes_in_mlx(folder / "model.safetensors")


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_the_footprint_follows_the_type_of_the_weights(tmp_path: Path, dtype: str) -> None:
    folder = build(tmp_path, "qwen3", dtype=dtype)["qwen3"]
    assert footprint_bytes(folder) == bytes_in_mlx(folder / "model.safetensors")


def test_the_shards_of_a_model_add_up(tmp_path: Path, weights: Callable[..., None]) -> None:
    weights(tmp_path / "model-00001-of-00002.safetensors", a=1000, b=24)
    weights(tmp_path / "model-00002-of-00002.safetensors", c=512)
    assert footprint_bytes(tmp_path) == 1536


def test_a_tensor_that_is_in_two_files_counts_once(
    tmp_path: Path, weights: Callable[..., None]
) -> None:
    weights(tmp_path / "model.safetensors", a=1000)
    weights(tmp_path / "model_copy.safetensors", a=1000)
    assert footprint_bytes(tmp_path) == 1000


def test_metadata_takes_no_room(tmp_path: Path, weights: Callable[..., None]) -> None:
    weights(tmp_path / "model.safetensors", metadata={"format": "mlx"}, a=7)
    assert footprint_bytes(tmp_path) == 7


def test_adapters_and_second_copies_do_not_count(
    tmp_path: Path, weights: Callable[..., None]
) -> None:
    for name in ("weights", "adapters", "adapter_model", "consolidated"):
        weights(tmp_path / f"{name}.safetensors", a=10)
    assert [file.name for file in weight_files(tmp_path)] == ["weights.safetensors"]


def test_a_folder_without_weights_needs_nothing(tmp_path: Path) -> None:
    assert footprint_bytes(tmp_path) == 0


def test_a_header_says_how_large_its_file_must_be(
    tmp_path: Path, weights: Callable[..., None]
) -> None:
    weights(tmp_path / "model.safetensors", a=100, b=28)
    size_bytes = (tmp_path / "model.safetensors").stat().st_size
    assert read_header(tmp_path / "model.safetensors").file_bytes == size_bytes


@pytest.mark.parametrize(
    "header",
    [
        b"{",
        b"[]",
        b'{"a": 1}',
        b'{"a": {"data_offsets": [0]}}',
        b'{"a": {"data_offsets": [8, 0]}}',
        b'{"a": {"data_offsets": [-8, 0]}}',
        b'{"\xff": {"data_offsets": [0, 8]}}',
    ],
)
def test_a_malformed_header_names_the_file(tmp_path: Path, header: bytes) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header)
    with pytest.raises(CheckpointInvalid, match=r"model.safetensors is not a safetensors file"):
        footprint_bytes(tmp_path)


def test_a_header_beyond_the_format_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    with file.open("wb") as stream:
        stream.write((200_000_000).to_bytes(8, "little"))
        stream.truncate(200_000_100)
    with pytest.raises(CheckpointInvalid, match="200,000,000 bytes"):
        footprint_bytes(tmp_path)


def test_a_folder_named_like_weights_is_reported(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").mkdir()
    with pytest.raises(CheckpointInvalid, match="cannot be read"):
        footprint_bytes(tmp_path)
