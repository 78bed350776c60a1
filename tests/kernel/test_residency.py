"""The pool's verbs against a real server."""

from __future__ import annotations

import time
from contextlib import closing

import pytest

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.wire.pool import Loaded, PlanReport, PoolEvent
from tests.kernel.conftest import in_use

CHAT = "demo/chat"


def running(pool: Pool) -> set[str]:
    return {name for name, model in pool.status().models.items() if model.status == "running"}


def test_a_load_is_pinned_by_the_user(empty_pool: Pool) -> None:
    loaded = empty_pool.load(CHAT)
    assert (loaded.status, loaded.model, loaded.pinned) == ("loaded", CHAT, True)
    assert empty_pool.status().models[CHAT].pinned_by == ["user"]


def test_a_load_without_a_pin_has_its_own_time_to_stay(empty_pool: Pool) -> None:
    empty_pool.load(CHAT, pin=False, keep_alive="5m")
    status = empty_pool.status().models[CHAT]
    assert (status.pinned, status.keep_alive_seconds) == (False, 300)


def test_a_load_tells_what_happens_and_ends_with_the_result(empty_pool: Pool) -> None:
    *events, last = empty_pool.load_events(CHAT)
    assert isinstance(last, Loaded)
    assert {event.type for event in events if isinstance(event, PoolEvent)} >= {"state", "progress"}


def test_a_load_that_is_left_is_given_up(empty_pool: Pool) -> None:
    with closing(empty_pool.load_events(CHAT)) as events:
        next(events)
    deadline = time.monotonic() + 20
    while (status := empty_pool.status().models[CHAT].status) == "loading":
        assert time.monotonic() < deadline
    assert status == "unloaded"


def test_what_a_plan_says_is_what_a_load_does(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    empty_pool.load("llama", pin=False)
    plan = empty_pool.plan("qwen3")
    assert (plan.fits, plan.evict) == (True, ["llama"])
    assert empty_pool.load("qwen3").unloaded_models == ["llama"]


def test_a_refusal_has_the_plan(empty_pool: Pool) -> None:
    for name in (CHAT, "llama"):
        empty_pool.load(name)
    with pytest.raises(RequestFailed, match="Insufficient memory: need") as raised:
        empty_pool.load("qwen3")
    assert raised.value.http_status == 503
    assert isinstance(raised.value.plan, PlanReport)
    assert set(raised.value.plan.pinned) == {CHAT, "llama"}
    assert running(empty_pool) == {CHAT, "llama"}


def test_a_switch_evicts_what_it_needs(empty_pool: Pool) -> None:
    for name in (CHAT, "llama"):
        empty_pool.load(name, pin=False)
    result = empty_pool.switch("qwen3", "lru")
    assert (result.status, result.unloaded_models) == ("success", [CHAT])


def test_pin_and_unpin_are_a_pair(empty_pool: Pool) -> None:
    empty_pool.load(CHAT, pin=False)
    assert empty_pool.pin(CHAT).pinned_by == ["user"]
    assert empty_pool.unpin(CHAT).pinned_by == []


def test_an_evicted_model_is_gone(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    assert empty_pool.evict(CHAT).freed_bytes > 0
    assert running(empty_pool) == set()


def test_a_model_in_use_is_evicted_only_by_force(empty_pool: Pool) -> None:
    with in_use(empty_pool, "llama"):
        with pytest.raises(RequestFailed) as raised:
            empty_pool.evict("llama")
        assert raised.value.http_status == 409
        assert empty_pool.evict("llama", force=True).model == "llama"


def test_the_last_events_are_a_list_that_ends(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    last = list(empty_pool.events(3))
    assert len(last) == 3
    assert last[-1].type in ("pin", "memory")


def test_events_are_followed_until_the_iterator_is_closed(empty_pool: Pool) -> None:
    with empty_pool.events() as events:
        empty_pool.load(CHAT)
        seen = [next(events) for _ in range(2)]
    assert all(event.model == CHAT for event in seen)
    assert next(events, None) is None


def test_the_slots_and_the_ledger_are_there_in_bytes(empty_pool: Pool) -> None:
    empty_pool.load(CHAT)
    status = empty_pool.admin_status()
    assert status.ledger.budget_bytes == 2 * 10**6
    assert any(slot.model == CHAT and slot.state == "ready" for slot in status.slots)


def test_a_request_that_does_not_run_cannot_be_cancelled(empty_pool: Pool) -> None:
    with pytest.raises(RequestFailed, match="No request"):
        empty_pool.cancel("chatcmpl-0")


@pytest.mark.parametrize("name", ["no/such", "a b", "a?b#c", "a@rev", "100%"])
def test_an_id_arrives_as_it_is(name: str, empty_pool: Pool) -> None:
    with pytest.raises(RequestFailed) as raised:
        empty_pool.load(name)
    assert f"'{name}'" in raised.value.message


def test_an_answer_tells_what_was_evicted_for_it(empty_pool: Pool) -> None:
    asked = ("demo/chat", "llama", "qwen3", "demo/chat")
    answers = [empty_pool.chat("Hi", model=model, max_tokens=1) for model in asked]
    happened = list(empty_pool.events(40))
    made_room = [it.model for it in happened if it.type == "eviction" and it.made_room_for]
    told = [name for answer in answers for name in answer.evicted]
    assert told
    assert made_room[-len(told) :] == told


def test_an_answer_tells_the_revision_of_its_model(empty_pool: Pool) -> None:
    answer = empty_pool.chat("Hi", max_tokens=1)
    assert answer.revision == empty_pool.chat("Hello", max_tokens=1).revision
    assert answer.revision != empty_pool.chat("Hi", model="llama", max_tokens=1).revision
    assert answer.revision
