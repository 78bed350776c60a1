from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.reports.plan import PlannedReport, who_holds
from mlx_jupyter.wire.pool import PlanReport


def plan(**facts: Any) -> PlanReport:
    given: dict[str, Any] = {"model": "b", "fits": True, "resident": False, "evict": []}
    given |= {"wait_for": [], "needed_bytes": 4 * 10**6, "available_bytes": 10**6, "pinned": []}
    given |= {"available_after_eviction_bytes": 5 * 10**6, "estimated_load_time_seconds": None}
    return PlanReport(**given | {"reason": "b fits."} | facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"resident": True}, "b is loaded already."),
        ({}, "b fits (it needs 4.00 MB, 1.00 MB are free)."),
        (
            {"evict": ["a", "c"], "estimated_load_time_seconds": 3.0},
            "b fits after evicting a and c (it needs 4.00 MB, 1.00 MB are free, 5.00 MB then, loads"
            " in about 3.0 s).",
        ),
        (
            {"wait_for": ["a"]},
            "b fits after waiting for a, in use now (it needs 4.00 MB, 1.00 MB are free, 5.00 MB"
            " then).",
        ),
        ({"fits": False, "reason": "Too little."}, "b does not fit: Too little."),
    ],
)
def test_a_plan_is_told_in_words(facts: dict[str, Any], expected: str) -> None:
    assert str(PlannedReport(plan(**facts))) == expected


def test_who_holds_the_memory_follows_the_refusal() -> None:
    assert who_holds(plan(pinned=["a"], wait_for=["c"]), "No.") == " Pinned: a; in use: c."


def test_who_is_named_already_is_not_named_again() -> None:
    assert who_holds(plan(pinned=["a1"]), "No. Pinned: a1.") == ""
