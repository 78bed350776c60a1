from __future__ import annotations

from typing import Any

import pytest

from mlx_jupyter.kernel.panel.rows import Row, clock, row
from mlx_jupyter.wire.pool import LoadProgress
from tests.kernel.panel.facts import NOW, model

KERNEL = "0f0e0d0c-0000-0000-0000-000000000000"


def shown(status: str = "running", **changes: Any) -> Row:
    found = row("a", model(status, **changes), KERNEL)
    assert found is not None
    return found


def progress(stage: Any = "load", done: int = 62) -> LoadProgress:
    return LoadProgress(stage=stage, done_bytes=done, total_bytes=100, elapsed_seconds=1.0)


def test_a_model_that_is_only_on_the_disk_has_no_row() -> None:
    assert row("a", model("unloaded"), KERNEL) is None


def test_a_pinned_one_that_is_not_loaded_has_a_row() -> None:
    assert shown("unloaded", pinned=True, pinned_by=["user"]).facts == ("pinned by you",)


@pytest.mark.parametrize(("stage", "word"), [("load", "loading"), ("download", "downloading")])
def test_a_load_says_how_far_it_is(stage: str, word: str) -> None:
    found = shown("loading", progress=progress(stage))
    assert (found.state, found.share) == (f"{word} 62 %", 0.62)


def test_a_load_of_which_nothing_is_known_yet_has_begun() -> None:
    assert shown("loading").share == 0.0


def test_times_are_absolute() -> None:
    found = shown(last_used=NOW, expires_at=NOW + 1800)
    assert found.facts == (f"idle since {clock(NOW)}", f"leaves at {clock(NOW + 1800)}")


def test_a_model_in_use_says_by_how_many_and_how_fast_it_writes() -> None:
    found = shown(in_use=True, requests=2, last_used=NOW, tokens_per_second=31.4159)
    assert found.facts == ("in use by 2 requests", "31 tokens/s")


def test_what_a_model_keeps_for_speed_is_told() -> None:
    found = shown(prompt_cache_gb=0.012, image_cache_gb=0.0034)
    assert found.facts == ("keeps 12.0 MB of prompts", "keeps 3.40 MB of pictures")


def test_the_notebooks_own_pin_is_told_from_others() -> None:
    assert shown(pinned=True, pinned_by=[KERNEL]).facts == ("pinned by this notebook",)


def test_a_loaded_model_can_be_evicted_and_not_loaded() -> None:
    assert (shown().can_load, shown().can_evict) == (False, True)


def test_a_failed_one_can_be_loaded_again_or_forgotten() -> None:
    found = shown("failed", last_error="It has no weights.")
    assert (found.can_load, found.can_evict, found.error) == (True, True, "It has no weights.")


def test_only_those_that_write_answer() -> None:
    assert [shown(kind=kind).answers for kind in ("text", "vision", "embedding")] == [1, 1, 0]
