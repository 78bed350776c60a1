from __future__ import annotations

from pathlib import Path

import pytest

from mlx_jupyter.catalog.json_file import read_bounded, read_object, read_object_if_present
from mlx_jupyter.errors import CheckpointInvalid


def test_an_object_is_read_as_python_reads_it(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"time_step_limit": [0.0, Infinity], "name": "café"}')
    assert read_object(tmp_path / "config.json")["time_step_limit"] == [0.0, float("inf")]


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe\x00", b"{'a': 1}", b"[" * 100_000])
def test_what_is_not_json_is_named(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "config.json").write_bytes(data)
    with pytest.raises(CheckpointInvalid, match=r"config\.json is not valid JSON"):
        read_object(tmp_path / "config.json")


@pytest.mark.parametrize("text", ["[]", "1", "null", '"x"'])
def test_what_is_no_object_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointInvalid, match="where an object is expected"):
        read_object(tmp_path / "config.json")


def test_an_absent_file_reads_as_nothing_where_it_may_be_absent(tmp_path: Path) -> None:
    assert read_object_if_present(tmp_path / "config.json") == {}


def test_a_link_to_nothing_is_not_an_absent_file(tmp_path: Path) -> None:
    (tmp_path / "config.json").symlink_to("gone")
    with pytest.raises(CheckpointInvalid, match="incomplete"):
        read_object_if_present(tmp_path / "config.json")


def test_a_file_above_its_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes(b"x" * 11)
    with pytest.raises(CheckpointInvalid, match="11 bytes, more than the 10"):
        read_bounded(tmp_path / "config.json", limit_bytes=10)


def test_a_folder_with_the_name_of_a_file_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.json").mkdir()
    with pytest.raises(CheckpointInvalid, match="cannot be read: Is a directory"):
        read_object(tmp_path / "config.json")
