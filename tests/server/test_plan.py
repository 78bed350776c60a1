"""`admin/models/plan` for a request of so many tokens."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from mlx_jupyter.wire.pool import PlanReport
from tests.server.pool_server import error


@pytest.fixture(autouse=True)
def _empty(tight: httpx.Client) -> None:
    for slot in tight.get("/admin/models/status").json()["slots"]:
        tight.post(f"/admin/models/unload/{slot['model']}", params={"force": "true"})


def plan(http: httpx.Client, **query: object) -> PlanReport:
    answer = http.get("/admin/models/plan", params={"model": "llama", **query})  # type: ignore[dict-item]
    return msgspec.json.decode(answer.content, type=PlanReport)


def test_keys_and_values_are_needed_besides_the_weights(tight: httpx.Client) -> None:
    bare, some = plan(tight), plan(tight, prompt_tokens=400, max_tokens=100)
    assert bare.kv_bytes == 0
    # 512 tokens in steps of 256, 2 layers of 2 heads with 16 numbers, keys and values, in f32.
    assert some.kv_bytes == 512 * 2 * 2 * 2 * 16 * 4
    assert some.needed_bytes == bare.needed_bytes + some.kv_bytes
    assert plan(tight, prompt_tokens=400, max_tokens=100, n=3).kv_bytes == 3 * some.kv_bytes


def test_of_a_loaded_model_only_the_request_is_needed(tight: httpx.Client) -> None:
    tight.post("/admin/models/load/llama?pin=false")
    found = plan(tight, prompt_tokens=400, max_tokens=100)
    assert (found.resident, found.fits, found.evict) == (True, True, [])
    assert found.needed_bytes == found.kv_bytes > 0
    assert plan(tight).needed_bytes == 0


def test_no_sequence_is_longer_than_the_context(tight: httpx.Client) -> None:
    most = plan(tight, prompt_tokens=2**31 - 1, max_tokens=2**31 - 1).kv_bytes
    assert most == plan(tight, prompt_tokens=2048).kv_bytes


@pytest.mark.parametrize(
    ("name", "value"), [("prompt_tokens", "-1"), ("max_tokens", "0"), ("n", "129"), ("n", "many")]
)
def test_what_is_no_number_is_a_400_that_names_it(
    tight: httpx.Client, name: str, value: str
) -> None:
    answer = tight.get("/admin/models/plan", params={"model": "llama", name: value})
    assert (answer.status_code, error(answer)["param"]) == (400, name)
