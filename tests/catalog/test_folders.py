from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from mlx_jupyter.catalog.folders import ModelDir, NamedFolders

Add = Callable[[str], Path]


@pytest.fixture
def add(tmp_path: Path, good: Path) -> Add:
    """Puts a checkpoint at a path below the model folder."""
    return lambda path: Path(shutil.copytree(good, tmp_path / "models" / path))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "models"


def ids(root: Path) -> list[str]:
    return [place.id for place in ModelDir(root).places()]


@pytest.mark.parametrize("model_id", ["model", "org/model", "host/org/model"])
def test_an_id_is_the_path_below_the_folder(root: Path, add: Add, model_id: str) -> None:
    folder = add(model_id)
    assert ModelDir(root).find(model_id) == (model_id, folder, None)


def test_the_same_ids_are_listed_and_found(root: Path, add: Add) -> None:
    for model_id in ("b", "a/two", "a/one", "x/y/z"):
        add(model_id)
    assert ids(root) == ["a/one", "a/two", "b", "x/y/z"]
    assert all(ModelDir(root).find(model_id) for model_id in ids(root))


def test_what_lies_too_deep_is_neither_listed_nor_found(root: Path, add: Add) -> None:
    add("a/b/c/d")
    assert ids(root) == []
    assert ModelDir(root).find("a/b/c/d") is None


def test_nothing_is_looked_for_inside_a_checkpoint(root: Path, add: Add) -> None:
    add("model")
    add("model/original")
    assert ids(root) == ["model"]


def test_folders_without_weights_hidden_ones_and_adapters_are_not_listed(
    root: Path, add: Add
) -> None:
    (add("config_only") / "model.safetensors").unlink()
    add(".cache/model")
    adapter = add("adapter")
    (adapter / "config.json").rename(adapter / "adapter_config.json")
    (root / "notes").mkdir()
    (root / "readme.txt").touch()
    assert ids(root) == []


def test_the_parts_of_a_diffusion_pipeline_are_not_listed(root: Path, add: Add) -> None:
    add("pipeline/text_encoder")
    (root / "pipeline" / "model_index.json").touch()
    assert ids(root) == []


def test_a_checkpoint_without_weights_is_found_by_its_name(root: Path, add: Add) -> None:
    folder = add("model")
    (folder / "model.safetensors").unlink()
    assert ModelDir(root).find("model") == ("model", folder, None)


def test_a_folder_that_is_a_checkpoint_has_its_own_name(root: Path, add: Add) -> None:
    add("model")
    assert ids(root / "model") == ["model"]
    assert ModelDir(root / "model").find("model") == ("model", root / "model", None)


def test_a_link_may_lead_anywhere(root: Path, tmp_path: Path, good: Path) -> None:
    root.mkdir()
    (root / "linked").symlink_to(good)
    assert ids(root) == ["linked"]


def test_a_circle_of_links_ends(root: Path) -> None:
    root.mkdir()
    (root / "again").symlink_to(root)
    assert ids(root) == []


def test_a_folder_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    assert ids(tmp_path / "none") == []
    assert ModelDir(tmp_path / "none").find("model") is None


def test_a_named_folder_is_found_by_its_name_only(good: Path) -> None:
    folders = NamedFolders({"demo/chat": good})
    assert folders.find("demo/chat") == ("demo/chat", good, None)
    assert folders.find("demo") is None


def test_only_absolute_paths_become_named_folders(good: Path) -> None:
    folders = NamedFolders.at_paths([str(good), "org/name", "models/x"])
    assert [place.id for place in folders.places()] == [str(good)]


def test_a_named_folder_that_is_gone_is_not_listed(tmp_path: Path) -> None:
    assert list(NamedFolders({"demo/chat": tmp_path / "none"}).places()) == []
