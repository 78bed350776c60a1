"""Tab in a real kernel, as a frontend asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.magics.completion.conftest import NBSP


@pytest.mark.parametrize(
    ("code", "start", "matches"),
    [
        ("%%chat dem|\nHello", 7, ["demo/chat"]),
        ("%%chat demo/chat\nSum {{titl|}} up", 23, ["titles"]),
        ("%%chat demo/chat\nSum pri| up", 24, []),
        ("titles = titles\n%mlx load chat|", 26, ["demo/chat"]),
    ],
)
def test_a_choice_takes_the_place_of_the_word(
    notebook: Any, code: str, start: int, matches: list[str]
) -> None:
    notebook.run("titles = ['a']")
    before, _, after = code.partition("|")
    reply = notebook.client.complete(before + after, len(before), reply=True, timeout=10)["content"]
    assert reply["matches"] == matches
    assert (reply["cursor_start"], reply["cursor_end"]) == (start, len(before))


def test_a_frontend_is_told_state_and_size(notebook: Any) -> None:
    reply = notebook.client.complete("%%chat ", reply=True, timeout=10)["content"]
    kinds = [each["type"] for each in reply["metadata"]["_jupyter_types_experimental"]]
    assert kinds == ["text, 4.00 MB".replace(" ", NBSP)]
