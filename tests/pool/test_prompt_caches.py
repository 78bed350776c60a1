"""How the room for prompts is shared out."""

from __future__ import annotations

import random

import pytest

from mlx_jupyter.pool.prompt_caches import Kept, plan_limits


def kept(
    model: str, used: int = 0, limit: int = 0, *, busy: bool = False, last_used: float = 0.0
) -> Kept:
    return Kept(model, used, limit, busy, last_used)


def test_one_model_has_all_the_room() -> None:
    assert plan_limits([kept("a")], 100) == {"a": 100}


def test_those_in_use_share_alike() -> None:
    assert plan_limits([kept("a", busy=True), kept("b", busy=True)], 100) == {"a": 50, "b": 50}


def test_an_idle_one_keeps_what_it_has_and_the_rest_is_for_who_works() -> None:
    caches = [kept("a", used=30, limit=100, last_used=1.0), kept("b", busy=True, last_used=2.0)]
    assert plan_limits(caches, 100) == {"a": 30, "b": 70}


def test_an_idle_one_keeps_no_more_than_its_share() -> None:
    caches = [kept("a", used=50, limit=50), kept("b", used=40, limit=40, busy=True), kept("c")]
    assert plan_limits(caches, 90) == {"a": 30}
    given_back = [kept("a", used=30, limit=30), kept("b", used=40, limit=40, busy=True), kept("c")]
    assert plan_limits(given_back, 90) == {"b": 60}


def test_a_room_that_shrinks_is_obeyed_at_once() -> None:
    assert plan_limits([kept("a", used=80, limit=100)], 60) == {"a": 60}
    assert plan_limits([kept("a", used=80, limit=100)], -5) == {"a": 0}


def test_a_room_that_grows_is_told_only_to_who_needs_it() -> None:
    assert plan_limits([kept("a", used=10, limit=60)], 100) == {}
    assert plan_limits([kept("a", used=50, limit=60)], 100) == {"a": 100}
    assert plan_limits([kept("a", used=60, limit=96)], 100) == {}


def test_models_in_turn_are_not_told_again_and_again() -> None:
    caches = [kept("a", used=30, limit=40), kept("b", used=30, limit=60, busy=True)]
    assert plan_limits(caches, 100) == {}
    turned = [kept("a", used=30, limit=40, busy=True), kept("b", used=30, limit=60)]
    assert plan_limits(turned, 100) == {"a": 70, "b": 30}


def test_without_a_model_there_is_nothing_to_say() -> None:
    assert plan_limits([], 100) == {}


@pytest.mark.parametrize("seed", range(30))
def test_whatever_happens_the_limits_fit_and_nobody_who_works_goes_without(seed: int) -> None:
    draw = random.Random(seed)
    caches: dict[str, Kept] = {}
    for now in range(200):
        room = draw.choice([0, 500, 1000, draw.randint(0, 1000)])
        for model in draw.sample("abcd", 2):
            caches.pop(model, None) if draw.random() < 0.1 else caches.setdefault(
                model, kept(model)
            )
        for model, one in caches.items():
            used = min(one.limit_bytes, one.used_bytes + draw.randint(0, 300))
            busy = draw.random() < 0.4
            last_used = float(now) if busy else one.last_used
            caches[model] = Kept(model, used, one.limit_bytes, busy, last_used)
        told = plan_limits(list(caches.values()), room)
        caches |= {
            model: kept(model, caches[model].used_bytes, limit, busy=caches[model].busy)
            for model, limit in told.items()
        }
        assert sum(one.limit_bytes for one in caches.values()) <= room
        caches |= {
            model: kept(model, min(one.used_bytes, one.limit_bytes), one.limit_bytes, busy=one.busy)
            for model, one in caches.items()
        }
        again = plan_limits(list(caches.values()), room)
        settled = {model: again.get(model, one.limit_bytes) for model, one in caches.items()}
        busy_ones = [model for model, one in caches.items() if one.busy]
        for model in busy_ones:
            full = caches[model].used_bytes >= 0.75 * settled[model]
            assert not full or settled[model] >= room // len(caches) - room / 16
