from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.display import NotebookOutput, TerminalOutput
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.wire.sse import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(actions: Callable[[], None]) -> list[dict[str, Any]]:
    """What IPython was told to display, oldest first."""
    InteractiveShell.instance()
    with capture_output() as captured:
        actions()
    return [output.data for output in captured.outputs]


@pytest.fixture(autouse=True)
def no_shell_is_left() -> Any:
    yield
    InteractiveShell.clear_instance()


def test_updates_come_at_most_ten_times_a_second() -> None:
    ticks = iter(range(10_000))
    output = NotebookOutput(clock=lambda: next(ticks) / 1000)
    answer = Answer()

    def write_for_a_second() -> None:
        while next(ticks) < 1000:
            answer.text += "x"
            output.write("x", answer)

    assert 8 <= len(shown(write_for_a_second)) <= 10


def test_the_last_state_is_always_shown() -> None:
    output = NotebookOutput(clock=lambda: 0.0)
    answer = Answer()

    def write_two_pieces() -> None:
        for piece in ("a", "b"):
            answer.text += piece
            output.write(piece, answer)
        output.finish(answer)

    assert shown(write_two_pieces)[-1]["text/plain"] == "ab"


def test_the_first_piece_is_not_held_back_by_what_was_waited_for() -> None:
    output = NotebookOutput(clock=lambda: 0.0)

    def wait_and_write() -> None:
        output.wait(None)
        output.write("a", Answer("a"))

    assert shown(wait_and_write)[-1]["text/markdown"] == "a"


def test_clearing_what_was_never_shown_shows_nothing() -> None:
    assert shown(NotebookOutput().clear) == []


def test_a_terminal_gets_the_pieces_as_they_come() -> None:
    file = io.StringIO()
    output = TerminalOutput(file)
    output.write("a", Answer("a"))
    output.write("b", Answer("ab"))
    assert file.getvalue() == "ab"


def test_a_terminal_erases_what_was_waited_for_when_the_text_begins() -> None:
    file = Terminal()
    output = TerminalOutput(file)
    output.wait(Progress("loading", "demo/chat", 1.0))
    output.write("a", Answer("a"))
    assert file.getvalue() == "\r\x1b[Kloading demo/chat, 1 s\r\x1b[Ka"


def test_a_pipe_does_not_get_what_was_waited_for() -> None:
    file = io.StringIO()
    TerminalOutput(file).wait(Progress("loading", "demo/chat", 1.0))
    assert file.getvalue() == ""


def test_a_terminal_says_that_an_answer_was_interrupted() -> None:
    file = io.StringIO()
    TerminalOutput(file).finish(Answer("Once", finish_reason="interrupted"))
    assert file.getvalue() == "\n\n[interrupted]\n"


def test_a_terminal_names_the_pictures_first() -> None:
    file = io.StringIO()
    output = TerminalOutput(file)
    output.begin(Answer(images=[Preview("a.png", None, 640, 480)]))
    output.write("a", Answer("a"))
    assert file.getvalue() == "[a.png 640×480]\na"


def test_a_terminal_shows_warnings_below_the_answer() -> None:
    file = io.StringIO()
    TerminalOutput(file).finish(Answer("a", warnings=["Scaled."]))
    assert file.getvalue() == "\n\n⚠ Scaled.\n"


def test_a_notebook_shows_the_pictures_while_it_waits() -> None:
    output = NotebookOutput(clock=lambda: 0.0)
    answer = Answer(images=[Preview("a.png", b"\xff", 4, 3)])

    def wait() -> None:
        output.begin(answer)
        output.wait(Progress("loading", "demo/vision", 1.0))

    first, second = shown(wait)
    assert first["text/markdown"].startswith('<img src="data:image/jpeg;base64,')
    assert second["text/markdown"] == first["text/markdown"].replace(
        "\n\n…", "\n\n*loading demo/vision, 1 s*"
    )
