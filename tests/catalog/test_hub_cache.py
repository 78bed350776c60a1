from __future__ import annotations

import os
from pathlib import Path

import pytest

from mlx_jupyter.catalog.hub_cache import HubCache, default_hub_cache, hub_name
from tests.catalog.hub import MAIN, add_snapshot

OLD = "1" * 40
NEW = "12" + "0" * 38


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("acme/model", ("acme/model", None)),
        ("gpt2", ("gpt2", None)),
        ("acme/model-1.5_b", ("acme/model-1.5_b", None)),
        ("acme/model@main", ("acme/model", "main")),
        ("acme/model@refs/pr/1", ("acme/model", "refs/pr/1")),
        ("acme/model@", None),
        ("acme/model@../x", None),
        ("acme/model@/x", None),
        ("acme/model/deep", None),
        ("acme--evil/model", None),
        ("../model", None),
        ("/acme/model", None),
        ("acme\\model", None),
        ("acme/model\n", None),
        ("", None),
    ],
)
def test_an_id_is_one_of_the_hub_or_not(model_id: str, name: tuple[str, str | None] | None) -> None:
    assert hub_name(model_id) == name


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
        ({}, os.path.expanduser("~/.cache/huggingface/hub")),
        ({"HF_HOME": "~/hf"}, os.path.expanduser("~/hf/hub")),
    ],
)
def test_the_cache_is_where_the_hubs_client_keeps_it(environ: dict[str, str], folder: str) -> None:
    assert default_hub_cache(environ) == Path(folder)


def test_a_model_is_the_commit_of_main(tmp_path: Path, good: Path) -> None:
    add_snapshot(tmp_path, "acme/model", good, OLD, refs=())
    folder = add_snapshot(tmp_path, "acme/model", good)
    assert HubCache(tmp_path).find("acme/model") == ("acme/model", folder, MAIN)


def test_a_model_downloaded_by_commit_is_its_only_snapshot(tmp_path: Path, good: Path) -> None:
    folder = add_snapshot(tmp_path, "acme/model", good, OLD, refs=())
    assert HubCache(tmp_path).find("acme/model") == ("acme/model", folder, OLD)


def test_a_model_without_main_is_its_newest_snapshot(tmp_path: Path, good: Path) -> None:
    for commit, seconds in ((OLD, 200), (NEW, 100)):
        os.utime(add_snapshot(tmp_path, "acme/model", good, commit, refs=()), (seconds, seconds))
    place = HubCache(tmp_path).find("acme/model")
    assert place is not None
    assert place.revision == OLD


def test_a_ref_to_a_snapshot_that_is_not_here_does_not_count(tmp_path: Path, good: Path) -> None:
    add_snapshot(tmp_path, "acme/model", good, OLD, refs=())
    (tmp_path / "models--acme--model" / "refs" / "main").write_text(NEW)
    place = HubCache(tmp_path).find("acme/model")
    assert place is not None
    assert place.revision == OLD


@pytest.mark.parametrize("revision", ["v1", "feature/x", OLD, OLD[:7], "11" * 2])
def test_a_revision_is_a_branch_a_tag_or_a_commit(
    tmp_path: Path, good: Path, revision: str
) -> None:
    add_snapshot(tmp_path, "acme/model", good)
    folder = add_snapshot(tmp_path, "acme/model", good, OLD, refs=("v1", "feature/x"))
    model_id = f"acme/model@{revision}"
    assert HubCache(tmp_path).find(model_id) == (model_id, folder, OLD)


@pytest.mark.parametrize("revision", ["v2", "2222", "111", "../../acme", "main/.."])
def test_a_revision_that_is_not_here_is_not_found(
    tmp_path: Path, good: Path, revision: str
) -> None:
    add_snapshot(tmp_path, "acme/model", good, OLD)
    assert HubCache(tmp_path).find(f"acme/model@{revision}") is None


def test_the_start_of_two_commits_is_neither(tmp_path: Path, good: Path) -> None:
    for commit in ("abcd" + "0" * 36, "abcd" + "1" * 36):
        add_snapshot(tmp_path, "acme/model", good, commit, refs=())
    assert HubCache(tmp_path).find("acme/model@abcd") is None


@pytest.mark.parametrize("content", ["../../../secret", "", "zz", "ü", MAIN + "/.."])
def test_a_ref_that_holds_no_commit_is_ignored(tmp_path: Path, good: Path, content: str) -> None:
    add_snapshot(tmp_path, "acme/model", good, OLD)
    (tmp_path / "models--acme--model" / "refs" / "evil").write_text(content)
    assert HubCache(tmp_path).find("acme/model@evil") is None


def test_every_repository_with_weights_is_listed_once_and_sorted(
    tmp_path: Path, good: Path
) -> None:
    for repo in ("b/two", "a/one", "gpt2"):
        add_snapshot(tmp_path, repo, good)
    add_snapshot(tmp_path, "a/one", good, OLD, refs=("v1",))
    add_snapshot(tmp_path, "a/empty", good, missing=["model.safetensors"])
    (tmp_path / "datasets--a--b").mkdir()
    (tmp_path / ".locks").mkdir()
    assert [place.id for place in HubCache(tmp_path).places()] == ["a/one", "b/two", "gpt2"]


def test_a_cache_that_does_not_exist_holds_nothing(tmp_path: Path) -> None:
    cache = HubCache(tmp_path / "none")
    assert cache.find("acme/model") is None
    assert list(cache.places()) == []
