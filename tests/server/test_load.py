"""`admin/models/load`, `unload`, `pin` and `unpin`."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from mlx_jupyter.catalog import footprint_bytes
from mlx_jupyter.demo import MODELS
from tests.jupyter_process import JupyterProcess
from tests.server.pool_server import SHORT, busy, error, events, generating, kick
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def test_a_load_pins_and_says_what_it_did(tight: httpx.Client) -> None:
    first = tight.post("/admin/models/load/llama").json()
    again = tight.post("/admin/models/load/llama").json()
    assert (first["status"], again["status"]) == ("loaded", "already_loaded")
    assert first["pinned"] is True
    assert first["load_seconds"] > 0
    assert again["load_seconds"] is None
    assert first["size_bytes"] == tight.get("/v1/models/llama").json()["size_bytes"]
    assert tight.get("/v1/models/llama").json()["pinned"] is True


@pytest.mark.parametrize(
    ("query", "body"), [("", {"pin": False}), ("?pin=false", None), ("?pin=0", {"pin": True})]
)
def test_a_load_without_a_pin(tight: httpx.Client, query: str, body: object) -> None:
    answer = tight.post(f"/admin/models/load/llama{query}", json=body)
    assert answer.json()["pinned"] is False
    largest = {"pin": False, "policy": "largest"}
    evicting = tight.post("/admin/models/load/qwen3", json=largest).json()
    assert evicting["unloaded_models"] == ["llama"]


@pytest.mark.parametrize("asks", ["body", "query", "header"])
def test_a_streamed_load_tells_its_steps_and_ends_with_the_result(
    tight: httpx.Client, asks: str
) -> None:
    answer = tight.post(
        "/admin/models/load/llama",
        json={"stream": True} if asks == "body" else None,
        params={"stream": "1"} if asks == "query" else None,
        headers={"Accept": "text/event-stream"} if asks == "header" else None,
    )
    assert answer.text.endswith("data: [DONE]\n\n")
    *steps, last = events(answer.text)
    states = [step["state"] for step in steps if step["type"] == "state"]
    progress = [step["progress"] for step in steps if step["type"] == "progress"]
    assert states == ["loading", "ready"]
    assert progress[-1]["stage"] == "load"
    assert progress[-1]["total_bytes"] == last["size_bytes"]
    assert (last["status"], last["pinned"]) == ("loaded", True)


def test_an_error_before_a_stream_begins_has_its_own_status(tight: httpx.Client) -> None:
    answer = tight.post("/admin/models/load/lama", json={"stream": True})
    assert answer.status_code == 404
    said = "There is no model 'lama' here. Did you mean llama or trained/llama?"
    assert error(answer)["message"] == said


def test_a_load_that_does_not_fit_says_so_with_its_plan(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama")
    answer = tight.post("/admin/models/load/qwen3")
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert error(answer)["plan"]["pinned"] == ["llama"]
    assert tight.get("/v1/models/llama").json()["state"] == "ready"


@pytest.mark.parametrize("model", ["demo/embed"])
def test_every_kind_can_be_loaded(tight: httpx.Client, model: str) -> None:
    answer = tight.post(f"/admin/models/load/{model}")
    assert answer.status_code == 200
    shown = tight.get("/v1/models/status").json()["models"][model]
    assert (shown["status"], shown["kind"], shown["pinned"]) == ("running", "embedding", True)
    size_bytes = tight.get(f"/v1/models/{model}").json()["size_bytes"]
    files_bytes = footprint_bytes(MODELS[model])
    assert files_bytes <= size_bytes < files_bytes + 4096  # MLX's smallest pages
    tight.post(f"/admin/models/unload/{model}")


@pytest.mark.parametrize(
    "body", [{"pni": True}, {"pin": "maybe"}, {"keep_alive": "soon"}, {"policy": "newest"}]
)
def test_a_wrong_field_is_named(tight: httpx.Client, body: dict[str, object]) -> None:
    answer = tight.post("/admin/models/load/llama", json=body)
    assert answer.status_code == 400
    assert error(answer)["param"] in body


def test_a_path_is_an_id_once_an_administrator_has_said_so(
    tight: httpx.Client, tight_server: JupyterProcess, checkpoints: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").symlink_to(checkpoints / "llama")
    path = str(tmp_path / "mine")
    chat = SHORT | {"model": path}
    assert tight.post("/v1/chat/completions", json=chat).status_code == 404
    assert tight.post(f"/admin/models/load/{path}").json()["model"] == path
    assert tight.post("/v1/chat/completions", json=chat).json()["model"] == path


def test_a_keep_alive_of_zero_unloads_after_the_use(tight: httpx.Client) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama", "keep_alive": 0})
    wait_for(lambda: tight.get("/v1/models/llama").json()["state"] == "absent")


def test_a_loads_keep_alive_is_the_models_own(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama", json={"keep_alive": "1h", "pin": False})
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    shown = tight.get("/v1/models/status").json()["models"]["llama"]
    assert shown["keep_alive_seconds"] == 3600
    assert shown["expires_at"] > shown["last_used"]


def test_a_client_that_leaves_ends_the_load(tight: httpx.Client) -> None:
    with httpx.Client(base_url=tight.base_url, headers=tight.headers, trust_env=False) as leaver:
        request = leaver.build_request("POST", "/admin/models/load/llama", json={"stream": True})
        lines = leaver.send(request, stream=True).iter_lines()
        next(lines)
        kick(leaver)
    wait_for(lambda: not busy(tight))
    wait_for(lambda: tight.get("/v1/models/llama").json()["state"] == "absent")


def test_unloading_tells_the_bytes_and_takes_the_pin(tight: httpx.Client) -> None:
    loaded = tight.post("/admin/models/load/llama").json()
    unloaded = tight.post("/admin/models/unload/llama").json()
    assert unloaded["freed_bytes"] == loaded["size_bytes"]
    assert tight.get("/v1/models/llama").json()["pinned"] is False


def test_a_model_in_use_is_unloaded_only_by_force(tight: httpx.Client) -> None:
    with generating(tight, "llama") as lines:
        refused = tight.post("/admin/models/unload/llama")
        assert (refused.status_code, error(refused)["code"]) == (409, "model_in_use")
        assert tight.post("/admin/models/unload/llama?force=true").status_code == 200
        assert '"error"' in [line for line in lines if line.startswith("data:")][-1]


def test_pins_come_and_go(tight: httpx.Client) -> None:
    tight.post("/v1/chat/completions", json=SHORT | {"model": "llama"})
    pinned = tight.post("/admin/models/pin/llama").json()
    assert (pinned["status"], pinned["pinned_by"]) == ("pinned", ["user"])
    unpinned = tight.post("/admin/models/unpin/llama").json()
    assert (unpinned["status"], unpinned["pinned"]) == ("unpinned", False)


@pytest.mark.parametrize("verb", ["pin", "unpin", "unload"])
def test_a_model_that_is_not_loaded_is_a_404_and_a_typing_error_has_near_names(
    tight: httpx.Client, verb: str
) -> None:
    absent = tight.post(f"/admin/models/{verb}/llama")
    assert absent.status_code == 404
    assert "'llama' is not loaded" in error(absent)["message"]
    wrong = tight.post(f"/admin/models/{verb}/lama")
    assert wrong.status_code == 404
    assert "Did you mean llama or" in error(wrong)["message"]
