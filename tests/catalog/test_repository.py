from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlx_jupyter.catalog.repository as repository
from mlx_jupyter.catalog import Catalog
from mlx_jupyter.demo import MODELS
from mlx_jupyter.errors import CheckpointInvalid, ModelNotAllowed, ModelNotFound
from tests.catalog.hub import MAIN, add_snapshot
from tests.defects import broken, edit_json
from tests.models import TRAINED

GOOD = TRAINED["llama"]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """A model folder with `small` and `org/large` in it."""
    shutil.copytree(GOOD, tmp_path / "models" / "small")
    shutil.copytree(GOOD, tmp_path / "models" / "org" / "large")
    return tmp_path / "models"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    """A Hugging Face cache with `acme/model` in it."""
    add_snapshot(tmp_path / "hub", "acme/model", GOOD)
    return tmp_path / "hub"


def catalog(*model_dirs: Path, aliases: dict[str, str] | None = None, **more: Any) -> Catalog:
    return Catalog(model_dirs, aliases or {}, **{"hub_cache": Path("/nonexistent"), **more})


def ids(catalog: Catalog) -> list[str]:
    return [checkpoint.id for checkpoint in catalog.discover()]


# --- names ----------------------------------------------------------------------------------------


def test_a_name_without_an_alias_is_its_own_id() -> None:
    assert catalog().canonical("org/name") == "org/name"


def test_an_alias_stands_for_its_target() -> None:
    assert catalog(aliases={"chat": "org/name"}).canonical("chat") == "org/name"


def test_an_alias_may_name_an_alias() -> None:
    assert catalog(aliases={"a": "b", "b": "org/name"}).canonical("a") == "org/name"


def test_aliases_in_a_circle_name_nothing() -> None:
    with pytest.raises(ModelNotFound, match="no model 'a' here"):
        catalog(aliases={"a": "b", "b": "a"}).find("a")


def test_a_model_is_found_by_its_alias_and_keeps_its_id(models: Path) -> None:
    assert catalog(models, aliases={"chat": "org/large"}).find("chat").id == "org/large"


# --- finding --------------------------------------------------------------------------------------


@pytest.mark.parametrize("model_id", ["small", "org/large"])
def test_a_model_is_found_below_a_model_folder(models: Path, model_id: str) -> None:
    assert catalog(models).find(model_id).path == models / model_id


def test_a_model_is_found_in_the_hub_cache_with_its_commit(hub: Path) -> None:
    assert catalog(hub_cache=hub).find("acme/model").revision == MAIN


def test_a_model_is_found_by_its_revision(hub: Path) -> None:
    folder = add_snapshot(hub, "acme/model", GOOD, "1" * 40, refs=("v1",))
    assert catalog(hub_cache=hub).find("acme/model@v1").path == folder


@pytest.mark.parametrize("model_id", MODELS)
def test_a_demo_model_is_found(model_id: str) -> None:
    assert catalog().find(model_id).path == MODELS[model_id]


def test_a_path_is_found_if_it_is_configured(models: Path) -> None:
    path = str(models / "small")
    assert catalog(configured=[path]).find(path).id == path


def test_a_path_may_have_a_plus_in_it(models: Path) -> None:
    shutil.move(models / "small", models / "c++")
    path = str(models / "c++")
    assert catalog(configured=[path]).find(path).path == models / "c++"
    assert catalog(models).find("c++").path == models / "c++"


def test_a_path_is_found_if_an_alias_stands_for_it(models: Path) -> None:
    path = str(models / "small")
    assert catalog(aliases={"mine": path}).find("mine").id == path


def test_an_alias_may_be_written_from_the_home_folder(
    models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(models.parent))
    assert catalog(aliases={"mine": "~/models/small"}).find("mine").path == models / "small"


def test_any_other_path_is_not_found(models: Path) -> None:
    with pytest.raises(ModelNotFound):
        catalog(models).find(str(models / "small"))


def test_the_first_of_two_places_wins(models: Path, hub: Path) -> None:
    shutil.copytree(GOOD, models / "acme" / "model")
    assert catalog(models, hub_cache=hub).find("acme/model").path == models / "acme" / "model"


def test_a_model_that_is_not_here_is_reported_with_near_names(models: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"no model 'org/lagre' here. Did you mean org/large"):
        catalog(models).find("org/lagre")


def test_near_names_include_aliases(models: Path) -> None:
    with pytest.raises(ModelNotFound, match="Did you mean assistant"):
        catalog(models, aliases={"assistant": "small"}).find("asistant")


def test_without_near_names_some_known_ones_are_shown(models: Path) -> None:
    with pytest.raises(ModelNotFound, match="Known: org/large, small"):
        catalog(models).find("qqqqqqqq")


def test_an_alias_whose_target_is_gone_says_so(models: Path) -> None:
    with pytest.raises(ModelNotFound, match=r"no model 'chat' \(an alias of 'gone'\) here"):
        catalog(models, aliases={"chat": "gone"}).find("chat")


def test_a_damaged_model_is_said_to_be_damaged(models: Path) -> None:
    broken(GOOD, models / "bad", "broken_config")
    with pytest.raises(CheckpointInvalid, match="not valid JSON"):
        catalog(models).find("bad")


def test_the_configuration_knows_a_kind_better(models: Path) -> None:
    known = catalog(models, aliases={"mine": "small"}, kinds={"mine": "embedding"})
    assert (known.find("small").kind, known.find("small").decided_by) == (
        "embedding",
        "model_kinds",
    )
    assert known.find("org/large").kind == "text"


def test_what_decided_the_kind_is_told(models: Path) -> None:
    assert catalog(models).find("small").decided_by == "model_type"


def test_only_the_ids_that_are_trusted_are_trusted(models: Path) -> None:
    known = catalog(models, aliases={"mine": "small"}, trusted=["mine"])
    assert [known.find(name).trusted for name in ("small", "org/large")] == [True, False]


def test_threads_that_ask_at_once_read_a_folder_once(
    models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken(GOOD, models / "bad", "broken_config")
    known, together = catalog(models), threading.Barrier(4)

    def discover(_: int) -> list[str]:
        together.wait()
        return ids(known)

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(discover, range(4)))
    assert found == [ids(known)] * 4
    assert len(caplog.records) == 1


# --- what is allowed ------------------------------------------------------------------------------


def test_a_model_outside_the_patterns_is_not_allowed(models: Path) -> None:
    with pytest.raises(ModelNotAllowed, match=r"'small' is not among .*\(org/\*, demo/chat\)"):
        catalog(models, allowed_models=["org/*", "demo/chat"]).find("small")


def test_a_model_that_a_pattern_matches_is_allowed(models: Path) -> None:
    assert catalog(models, allowed_models=["org/*"]).find("org/large")


def test_the_patterns_are_of_ids_and_not_of_aliases(models: Path) -> None:
    aliases = {"org/alias": "small"}
    with pytest.raises(ModelNotAllowed):
        catalog(models, aliases=aliases, allowed_models=["org/*"]).find("org/alias")


def test_only_allowed_models_are_listed(models: Path) -> None:
    assert ids(catalog(models, allowed_models=["org/*"])) == ["org/large"]


def test_near_names_are_allowed_ones(models: Path) -> None:
    with pytest.raises(ModelNotFound) as caught:
        catalog(models, allowed_models=["smal*r", "org/*"]).find("smaller")
    assert "small," not in caught.value.message


# --- discovery ------------------------------------------------------------------------------------


def test_models_are_listed_by_source_and_sorted(models: Path, hub: Path) -> None:
    path = str(GOOD)
    found = ids(catalog(models, hub_cache=hub, configured=[path]))
    assert found == ["org/large", "small", path, "acme/model", *sorted(MODELS)]


def test_of_two_models_with_one_id_the_first_is_listed(models: Path, hub: Path) -> None:
    shutil.copytree(GOOD, models / "acme" / "model")
    found = catalog(models, hub_cache=hub).discover()
    assert [each.path for each in found if each.id == "acme/model"] == [models / "acme" / "model"]


def test_a_damaged_model_is_left_out_and_logged(
    models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken(GOOD, models / "bad", "garbage_weights")
    assert "bad" not in ids(catalog(models))
    assert "Model 'bad' is left out" in caplog.text


def test_a_damaged_model_is_logged_once(models: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken(GOOD, models / "bad", "broken_config")
    known = catalog(models)
    known.discover()
    known.discover()
    assert len([each for each in caplog.records if each.levelno == logging.WARNING]) == 1


def test_a_model_that_no_library_here_runs_is_left_out(models: Path) -> None:
    edit_json(models / "small" / "config.json", model_type="whisper")
    assert "small" not in ids(catalog(models))


def test_a_second_discovery_reads_no_checkpoint_again(
    models: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = catalog(models, hub_cache=hub)
    first = known.discover()
    monkeypatch.delattr(repository, "describe")
    assert known.discover() == first


def test_a_file_that_changed_in_place_is_read_again(models: Path) -> None:
    known = catalog(models)
    assert known.find("small").context_length == 2048
    edit_json(models / "small" / "config.json", max_position_embeddings=512)
    assert known.find("small").context_length == 512


def test_a_model_that_came_or_went_is_noticed(models: Path) -> None:
    known = catalog(models)
    known.discover()
    shutil.copytree(GOOD, models / "new")
    shutil.rmtree(models / "small")
    assert ids(known)[:2] == ["new", "org/large"]


# --- no id leaves the model folders ---------------------------------------------------------------

HOSTILE = (
    "../secret",
    "small/../../secret",
    "org/../../secret",
    "..",
    ".",
    "",
    "/",
    "./small",
    "small/",
    "small/.",
    "/small",
    "//small",
    "org//large",
    "..\\secret",
    "small\\..\\..\\secret",
    "small\0",
    "../secret\0",
    "%2e%2e/secret",
    "file:///etc/passwd",
    "~/secret",
    "$HOME/secret",
    "org/large@../../../secret",
    "acme/model@refs/../../../../secret",
    "s" * 5000,
    "\ud800",
    "small\n",
)


@pytest.mark.parametrize("model_id", HOSTILE, ids=ascii)
def test_an_id_that_is_not_plainly_one_is_not_found(models: Path, hub: Path, model_id: str) -> None:
    shutil.copytree(GOOD, models.parent / "secret")
    with pytest.raises(ModelNotFound):
        catalog(models, hub_cache=hub).find(model_id)


@pytest.fixture(scope="module")
def world() -> Iterator[Path]:
    """Checkpoints inside a model folder and a hub cache, and `secret` ones next to them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in ("models/small", "models/org/large", "secret", "models-secret/small"):
            shutil.copytree(GOOD, folder / path)
        add_snapshot(folder / "hub", "acme/model", GOOD)
        yield folder


PIECES = (
    *("small", "org", "large", "acme", "model", "secret", "models-secret", "hub", "models"),
    *("..", ".", "", "/", "\\", "\0", "@", "main", "~", " ", "models--acme--model", "snapshots"),
)


@settings(deadline=None)
@given(
    model_id=st.lists(st.sampled_from(PIECES), max_size=6).map("/".join)
    | st.lists(st.sampled_from(PIECES), max_size=8).map("".join)
    | st.text(max_size=40)
)
def test_no_id_leaves_the_folders(world: Path, model_id: str) -> None:
    inside = (world / "models", world / "hub", *MODELS.values())
    try:
        found = catalog(world / "models", hub_cache=world / "hub").find(model_id)
    except ModelNotFound:
        return
    real = Path(os.path.realpath(found.path))
    assert any(real.is_relative_to(os.path.realpath(folder)) for folder in inside)
