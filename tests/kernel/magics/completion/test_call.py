from __future__ import annotations

import pytest

from mlx_jupyter.kernel.magics.completion.call import Call, call_at


def at_end(text: str) -> Call | None:
    lines = text.split("\n")
    return call_at(text, len(lines) - 1, len(lines[-1]))


@pytest.mark.parametrize(
    ("text", "call"),
    [
        ("%%chat de", Call("chat", True, False, " de")),
        ("\n%%see a.png ", Call("see", True, False, " a.png ")),
        ("%%time\n%%chat de", Call("chat", True, False, " de")),
        ("%%chat demo/chat\nHello", Call("chat", True, True, "Hello")),
        ("%%chat\n%mlx load de", Call("chat", True, True, "%mlx load de")),
        ("%mlx load de", Call("mlx", False, False, "load de")),
        ("x = 1\n  %chat -m de", Call("chat", False, False, "-m de")),
        ("answer = %chat -m de", Call("chat", False, False, "-m de")),
        ("%%capture out\n%embed ti", Call("embed", False, False, "ti")),
    ],
)
def test_a_magic_is_found_from_its_line_and_its_cell(text: str, call: Call) -> None:
    assert at_end(text) == call


@pytest.mark.parametrize(
    "text",
    ["", "titles", "%%chat", "%mlx", "%%chatty de", "x = 1\n%%chat de", "%%bash\n%mlx load de"],
)
def test_elsewhere_there_is_none(text: str) -> None:
    assert at_end(text) is None


def test_what_stands_behind_the_cursor_does_not_count() -> None:
    assert call_at("%%chat demo/chat -t 0\nHello", 0, 9) == Call("chat", True, False, " de")
    assert call_at("%%chat demo/chat", 0, 3) is None
