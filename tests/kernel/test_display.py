from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.display import FinalOutput, NotebookOutput
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.kernel.terminal import TerminalOutput
from mlx_jupyter.wire.generation import Usage
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


def test_a_terminal_gets_the_figures_on_a_dim_line_and_a_pipe_does_not() -> None:
    answer = Answer("a", "m", "stop", Usage(1, 2, 3), partial=False, look=Look(footer=True))
    terminal, pipe = Terminal(), io.StringIO()
    for file in (terminal, pipe):
        TerminalOutput(file).finish(answer)
    assert terminal.getvalue() == "\n\x1b[2m[m · 2 tokens]\x1b[0m\n"
    assert pipe.getvalue() == "\n"


def test_a_terminal_gets_reasoning_dim_and_a_pipe_does_not() -> None:
    for file, expected in ((Terminal(), "\x1b[2mhm\x1b[0m\n\na"), (io.StringIO(), "a")):
        answer = Answer(reasoning="hm")
        output = TerminalOutput(file)
        output.begin(answer)
        output.wait(Progress("thinking"))
        output.write("a", answer)
        assert file.getvalue() == expected


def test_reasoning_that_is_hidden_is_told_of() -> None:
    output = NotebookOutput(clock=lambda: 0.0)

    def think() -> None:
        output.begin(Answer(reasoning="hm", look=Look(think="hide")))
        output.wait(Progress("thinking"))

    assert shown(think)[-1]["text/markdown"] == "*thinking*"


def test_reasoning_comes_at_most_ten_times_a_second() -> None:
    ticks = iter(range(10_000))
    output = NotebookOutput(clock=lambda: next(ticks) / 1000)
    answer = Answer()

    def think_for_a_second() -> None:
        output.begin(answer)
        while next(ticks) < 1000:
            answer.reasoning += "x"
            output.wait(Progress("thinking"))

    assert 8 <= len(shown(think_for_a_second)) <= 12


def test_what_was_thought_before_an_error_is_kept() -> None:
    assert Answer().is_empty
    assert not Answer(reasoning="hm").is_empty


def test_nothing_is_shown_before_the_end_if_so_wished() -> None:
    output = FinalOutput(NotebookOutput(clock=lambda: 0.0))
    answer = Answer("a")

    def follow() -> None:
        output.begin(answer)
        output.wait(None)
        output.write("a", answer)
        output.finish(answer)

    assert shown(follow) == [{"text/markdown": "a", "text/plain": "a"}]


def test_a_terminal_gets_the_whole_text_at_the_end_if_so_wished() -> None:
    file = io.StringIO()
    output = FinalOutput(TerminalOutput(file))
    output.begin(Answer())
    output.write("a", Answer("a"))
    assert file.getvalue() == ""
    output.finish(Answer("ab"))
    assert file.getvalue() == "ab\n"


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
