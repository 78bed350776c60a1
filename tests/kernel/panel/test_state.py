from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.panel.state import Choice, headline, plan_words, pool_view
from mlx_jupyter.wire.pool import PlanReport
from tests.kernel.panel.facts import GB, NOW, admin, model, pool, slot, view


def test_views_that_look_the_same_are_equal_whenever_they_were_made() -> None:
    assert view(a=model()) == view(a=model(), at=NOW + 60)
    assert view(a=model()) != view(a=model(pinned=True))


def test_the_headline_says_how_full_it_is_in_words() -> None:
    status = admin(slot("a", booked_bytes=8 * GB))
    full = pool_view(pool(), status, [], None, NOW)
    assert headline(full) == "8.00 GB of 10.0 GB used (80 %, high), 2.00 GB free."


def test_the_headline_says_that_the_machine_is_short_of_memory() -> None:
    short = pool_view(pool("critical"), admin(), [], None, NOW)
    assert headline(short).endswith("The machine is short of memory (critical): 1.50 GB are left.")


def test_a_budget_of_nothing_divides_by_nothing() -> None:
    nothing = pool_view(pool(), admin(budget_bytes=0), [], None, NOW)
    assert (nothing.share, nothing.level) == (0.0, "low")


def test_what_may_be_loaded_is_what_is_not_there() -> None:
    shown = view(a=model(), b=model("unloaded", kind="vision"), c=model("loading"))
    assert shown.absent == (Choice("b", "b · vision · 2.00 GB"),)


def test_loaded_models_are_asked_first_and_embedding_models_never() -> None:
    shown = view(a=model("unloaded"), b=model(), c=model(kind="embedding"))
    assert shown.askable == (Choice("b", "b"), Choice("a", "a (will be loaded)"))


@pytest.mark.parametrize(
    ("models", "moving"),
    [({"a": model()}, False), ({"a": model(in_use=True)}, True), ({"a": model("loading")}, True)],
)
def test_what_loads_or_answers_moves(models: dict[str, Any], moving: bool) -> None:
    assert view(**models).is_moving is moving


def plan(**changes: Any) -> PlanReport:
    facts: dict[str, Any] = {
        "model": "a",
        "fits": True,
        "resident": False,
        "evict": [],
        "wait_for": [],
        "needed_bytes": 2 * GB,
        "available_bytes": GB,
        "available_after_eviction_bytes": 3 * GB,
        "pinned": [],
        "estimated_load_time_seconds": 1.0,
        "reason": "because",
    }
    return PlanReport(**facts | changes)


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "fits (needs 2.00 GB, 1.00 GB are free)"),
        ({"evict": ["b", "c"]}, "would evict b, c (needs 2.00 GB, 1.00 GB are free)"),
        ({"fits": False, "reason": "b is pinned."}, "does not fit: b is pinned."),
        ({"resident": True}, "is loaded already"),
    ],
)
def test_a_plan_is_said_before_the_click(facts: dict[str, Any], words: str) -> None:
    assert plan_words(plan(**facts)) == words


def test_a_plan_says_for_whom_it_would_wait() -> None:
    assert plan_words(plan(wait_for=["b"])).startswith("would wait for b, in use now")
