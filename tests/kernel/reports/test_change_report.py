from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.reports.change import (
    EvictedReport,
    LoadedReport,
    PinnedReport,
    SwitchedReport,
    UseReport,
)
from mlx_jupyter.wire.pool import Loaded, MemoryInfo, Pinned, SwitchResult, Unloaded


def loaded(**facts: Any) -> str:
    given: dict[str, Any] = {"status": "loaded", "model": "a", "pinned": True}
    given |= {"unloaded_models": [], "size_bytes": 4_200_000, "load_seconds": 0.31}
    return str(LoadedReport(Loaded(**given | facts)))


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "a is loaded and pinned (4.20 MB, 0.3 s)."),
        ({"pinned": False}, "a is loaded (4.20 MB, 0.3 s)."),
        ({"unloaded_models": ["x"]}, "a is loaded and pinned (4.20 MB, 0.3 s); evicted: x."),
        ({"status": "already_loaded"}, "a was loaded already, and is pinned (4.20 MB)."),
    ],
)
def test_a_load_is_told_in_one_line(facts: dict[str, Any], expected: str) -> None:
    assert loaded(**facts) == expected


def test_a_switch_is_told_in_one_line() -> None:
    memory = MemoryInfo(required_gb=1.0, available_before_gb=0.0, freed_gb=1.0)
    result = SwitchResult(
        status="success",
        model="a",
        unloaded_models=["b", "c"],
        estimated_load_time_seconds=None,
        memory_info=memory,
    )
    assert str(SwitchedReport(result)) == "a is loaded; evicted: b, c."


def test_what_was_evicted_and_what_was_not_has_a_line_each() -> None:
    gone = Unloaded(status="unloaded", model="a", freed_bytes=10**6)
    report = EvictedReport([gone], {"b": "Model 'b' is in use."})
    assert str(report) == "a is evicted (1.00 MB).\nModel 'b' is in use."


def test_evicting_all_of_nothing_says_so() -> None:
    assert str(EvictedReport([], {})) == "No model is loaded."


@pytest.mark.parametrize(
    ("status", "by", "expected"),
    [
        ("pinned", ["me"], "a is pinned by this notebook."),
        ("unpinned", [], "a is not pinned any more."),
        ("unpinned", ["0123456789"], "a is still pinned by kernel 01234567."),
        (
            "unpinned",
            ["user"],
            "a is still pinned by you. %mlx unpin --keep a takes your pin away.",
        ),
    ],
)
def test_a_pin_is_told_by_whose_it_is(status: Any, by: list[str], expected: str) -> None:
    pinned = Pinned(status=status, model="a", pinned=bool(by), pinned_by=by)
    assert str(PinnedReport(pinned, "me")) == expected


def test_which_model_is_used_is_told() -> None:
    assert str(UseReport("a")).startswith("This notebook uses a ")
    assert "server's default" in str(UseReport(None))
    assert str(UseReport(None, "b")).startswith("%embed uses b ")
    assert len(UseReport("a", "b").sentences()) == 2
