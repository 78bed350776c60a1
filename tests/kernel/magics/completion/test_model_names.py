from __future__ import annotations

import pytest

from mlx_jupyter.kernel.magics.completion.model_names import describe, fitting, suits
from tests.kernel.conftest import known_model

MODELS = {
    "a/one": known_model(),
    "a/sees": known_model(kind="vision"),
    "b/one": known_model(status="running", last_used=1.0),
    "c/One": known_model(status="running", last_used=2.0, pinned=True),
    "d/vectors": known_model(kind="embedding"),
}


def names(typed: str, magic: str, verb: str | None = None) -> list[str]:
    return [each.text for each in fitting(MODELS, typed, suits(magic, verb))]


def test_loaded_ones_come_first_then_those_used_last() -> None:
    assert names("", "chat") == ["c/One", "b/one", "a/one", "a/sees"]


def test_any_part_of_an_id_in_any_case_will_do() -> None:
    assert names("ONE", "chat") == ["c/One", "b/one", "a/one"]


@pytest.mark.parametrize(
    ("magic", "verb", "found"),
    [
        ("see", None, ["a/sees"]),
        ("embed", None, ["d/vectors"]),
        ("mlx", "evict", ["c/One", "b/one"]),
        ("mlx", "pin", ["c/One", "b/one"]),
        ("mlx", "unpin", ["c/One"]),
    ],
)
def test_only_models_of_use_there_are_offered(
    magic: str, verb: str | None, found: list[str]
) -> None:
    assert names("", magic, verb) == found


def test_one_that_is_named_already_is_not_offered_again() -> None:
    found = fitting(MODELS, "one", suits("chat", None), but=["c/One"])
    assert [each.text for each in found] == ["b/one", "a/one"]


def test_each_says_its_state_size_and_kind() -> None:
    loaded = known_model(status="running", pinned=True, size_gb=2.3)
    assert describe(loaded) == "text, 2.30 GB, loaded, pinned"
    assert describe(known_model(kind="vision")) == "vision, 4.00 MB"
    assert describe(known_model(status="failed")) == "text, 4.00 MB, failed"
