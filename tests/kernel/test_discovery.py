from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mlx_jupyter
from mlx_jupyter.errors import ServerNotFound
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.search import deepest_root


@pytest.fixture(autouse=True)
def here(tmp_path: Path, runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_URL", "http://0.0.0.0:4321/user/al/")
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/al/")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "hub-token")


def test_an_address_given_by_the_caller_comes_first(
    canned: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLX_JUPYTER_URL", "http://elsewhere/mlx/v1")
    assert find(canned.url, "k").base_url == canned.url


def test_an_address_without_a_key_gets_the_key_of_its_record(
    canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    assert find(canned.url).api_key == canned.key


def test_an_address_without_a_record_gets_no_key(canned: Any, write_record: Any) -> None:
    write_record(canned.record())
    assert find("http://elsewhere/mlx/v1").api_key == ""


def test_the_users_environment_comes_before_the_parent(
    canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(canned.record())
    monkeypatch.setenv("JPY_PARENT_PID", str(canned.pid))
    monkeypatch.setenv("MLX_JUPYTER_URL", "http://elsewhere/mlx/v1")
    assert find().base_url == "http://elsewhere/mlx/v1"


def test_the_users_environment_names_a_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLX_JUPYTER_URL", "https://elsewhere/mlx/v1")
    monkeypatch.setenv("MLX_JUPYTER_CA", "/certs/ca.pem")
    assert find().cafile == "/certs/ca.pem"


def test_the_server_that_started_this_kernel_is_its_server(
    canned: Any, another_canned: Any, write_record: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(canned.record())
    write_record(another_canned.record())
    monkeypatch.setenv("JPY_PARENT_PID", str(another_canned.pid))
    assert (find().base_url, find().how) == (another_canned.url, "parent")


def test_the_server_whose_root_is_nearest_above_the_folder_is_taken(
    canned: Any, another_canned: Any, write_record: Any, here: Path
) -> None:
    write_record(canned.record())
    write_record(another_canned.record(root_dir=str(here)))
    assert (find().base_url, find().how) == (another_canned.url, "folder")


def test_two_servers_with_the_same_root_are_not_chosen_between(
    canned: Any, another_canned: Any, here: Path
) -> None:
    assert deepest_root([canned.record(), another_canned.record()], here) is None


def test_a_server_of_another_folder_does_not_hold_this_one(canned: Any, here: Path) -> None:
    assert deepest_root([canned.record(root_dir=str(here / "below"))], here) is None


def test_a_server_found_by_its_folder_must_answer(canned: Any, write_record: Any) -> None:
    write_record(canned.record(instance_id="of a killed server"))
    with pytest.raises(ServerNotFound):
        find()


def test_a_server_that_holds_the_folder_comes_before_the_hub(
    canned: Any, write_record: Any, hub: None
) -> None:
    write_record(canned.record())
    assert find().how == "folder"


def test_the_hubs_environment_names_the_single_user_server(hub: None) -> None:
    endpoint = find()
    assert endpoint.base_url == "http://127.0.0.1:4321/user/al/mlx/v1"
    assert endpoint.api_key == "hub-token"


def test_the_only_live_server_is_taken(canned: Any, write_record: Any, here: Path) -> None:
    write_record(canned.record(root_dir=str(here / "elsewhere")))
    assert (find().base_url, find().how) == (canned.url, "only")


def test_without_a_server_the_error_says_how_to_start_one() -> None:
    with pytest.raises(ServerNotFound, match="jupyter lab"):
        find()


def test_two_servers_that_could_be_meant_are_listed_and_none_is_taken(
    canned: Any, another_canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    write_record(another_canned.record())
    with pytest.raises(ServerNotFound) as raised:
        find()
    assert canned.url in raised.value.message
    assert another_canned.url in raised.value.message


def test_a_server_that_was_not_chosen_gets_no_prompt(
    canned: Any, another_canned: Any, write_record: Any
) -> None:
    write_record(canned.record())
    write_record(another_canned.record())
    with pytest.raises(ServerNotFound):
        mlx_jupyter.connect()
    assert canned.requests == another_canned.requests == []


def test_the_error_does_not_list_servers_that_do_not_answer(canned: Any, write_record: Any) -> None:
    write_record(canned.record(instance_id="of a killed server"))
    with pytest.raises(ServerNotFound) as raised:
        find()
    assert canned.url not in raised.value.message
