from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlx_jupyter.catalog.fingerprint import fingerprint, marks_of
from mlx_jupyter.demo import MODELS


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = shutil.copytree(MODELS["demo/embed"], tmp_path / "model")
    return shutil.copytree(folder / "1_Pooling", folder / "pooling").parent


def rewrite(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        stat = (folder / name).stat()
        (folder / name).write_bytes((folder / name).read_bytes())
        os.utime(folder / name, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1))

    return change


@pytest.mark.parametrize(
    "change",
    [
        rewrite("config.json"),
        rewrite("model.safetensors"),
        rewrite("1_Pooling/config.json"),
        rewrite("pooling/config.json"),
        lambda folder: (folder / "chat_template.jinja").write_text("{{ 1 }}"),
        lambda folder: (folder / "modules.json").unlink(),
    ],
)
def test_every_change_of_a_file_is_another_one(
    folder: Path, change: Callable[[Path], None]
) -> None:
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    change(folder)
    assert fingerprint(folder) != before


def test_two_folders_are_not_one(folder: Path) -> None:
    assert fingerprint(folder, folder) != fingerprint(folder)


def test_a_folder_that_is_not_there_has_no_marks(tmp_path: Path) -> None:
    assert marks_of(tmp_path / "gone") == ()
