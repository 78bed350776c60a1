from __future__ import annotations

import pytest

from mlx_jupyter.catalog.near import near_ids

IDS = ["demo/chat", "demo/embed", "demo/vision", "mlx-community/Qwen3-4B-4bit", "assistant"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("demo/caht", ["demo/chat"]),
        ("DEMO/CHAT", ["demo/chat"]),
        ("caht", ["demo/chat"]),
        ("demo", ["demo/chat", "demo/embed", "demo/vision"]),
        ("qwen3", ["mlx-community/Qwen3-4B-4bit"]),
        ("Qwen/Qwen3-4B", ["mlx-community/Qwen3-4B-4bit"]),
        ("asistant", ["assistant"]),
        ("nobody/nothing", []),
        ("", []),
    ],
)
def test_what_was_meant(name: str, near: list[str]) -> None:
    assert near_ids(name, IDS) == near


def test_a_text_that_is_no_name_is_compared_with_none() -> None:
    assert near_ids("a" * 2**20, ["a" * 100]) == []
