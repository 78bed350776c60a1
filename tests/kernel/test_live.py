from __future__ import annotations

import io
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import publish_display_data
from IPython.utils.capture import capture_output

from mlx_jupyter.kernel.live import ClearingDisplay, FinalDisplay, LiveDisplay, StatusLine


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def captured() -> Any:
    InteractiveShell.instance()
    with capture_output() as output:
        yield output
    InteractiveShell.clear_instance()


def plain(text: str) -> dict[str, str]:
    return {"text/plain": text}


def test_what_comes_too_soon_is_not_shown_save_the_end(captured: Any) -> None:
    live = LiveDisplay(clock=lambda: 1.0)
    for text in ("a", "b", "c"):
        live.show(plain(text))
    assert live.end(plain("d"))
    assert [output.data for output in captured.outputs] == [plain("a"), plain("d")]


def test_what_is_added_is_shown_at_once(captured: Any) -> None:
    live = LiveDisplay(clock=lambda: 1.0)
    live.show(plain("a"))
    live.add("b", plain("a\nb"))
    assert captured.outputs[-1].data == plain("a\nb")


def test_clearing_leaves_an_empty_output(captured: Any) -> None:
    live = LiveDisplay()
    live.show(plain("a"))
    live.clear()
    assert captured.outputs[-1].data == plain("")


def test_a_terminal_shows_one_line_and_erases_it() -> None:
    file = Terminal()
    line = StatusLine(file)
    line.show(plain("loading a"))
    assert not line.end(plain("a is loaded"))
    assert file.getvalue() == "\r\x1b[Kloading a\r\x1b[K"


def test_a_line_is_cut_to_the_terminals_width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    file = Terminal()
    StatusLine(file).show(plain("x" * 50))
    assert file.getvalue() == "\r\x1b[K" + "x" * 9


def test_a_pipe_gets_only_what_is_added() -> None:
    file = io.StringIO()
    line = StatusLine(file)
    line.show(plain("loading a"))
    line.add("one", plain("one"))
    assert line.end(plain("one"))
    assert file.getvalue() == "one\n"


def test_a_clearing_display_leaves_one_output(captured: Any) -> None:
    live = ClearingDisplay(clock=lambda: 1.0)
    for text in ("a", "b"):
        live.show(plain(text))
        live.hurry()
    assert live.end(plain("c"))
    assert [output.data for output in captured.outputs] == [plain("c")]


def test_a_cleared_display_leaves_no_output(captured: Any) -> None:
    live = ClearingDisplay()
    live.show(plain("a"))
    live.clear()
    assert captured.outputs == []


def test_a_display_that_showed_nothing_clears_nothing(captured: Any) -> None:
    publish_display_data(plain("before"))
    ClearingDisplay().clear()
    assert [output.data for output in captured.outputs] == [plain("before")]


def test_a_final_display_shows_what_came_out_below_what_was_there(captured: Any) -> None:
    publish_display_data(plain("before"))
    live = FinalDisplay()
    live.show(plain("a"))
    live.add("b", plain("a\nb"))
    assert live.end(plain("c"))
    live.clear()
    assert [output.data for output in captured.outputs] == [plain("before"), plain("c")]
