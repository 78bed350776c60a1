"""Shows an answer while it comes: one output in a notebook, plain text in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.live import LiveDisplay, display_for, is_kernel
from mlx_jupyter.kernel.look import Look
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.kernel.stream import AnswerStream
from mlx_jupyter.kernel.terminal import TerminalOutput
from mlx_jupyter.wire.sse import Progress

__all__ = ["FinalOutput", "NotebookOutput", "Output", "output_for", "show"]


class Output(Protocol):
    """Where one answer is shown: `begin`, then `wait`, `write`, and at last `finish` or `clear`.
    After `clear` another answer may begin there."""

    def begin(self, answer: Answer) -> None: ...
    def wait(self, report: Progress | None) -> None: ...
    def write(self, piece: str, answer: Answer) -> None: ...
    def finish(self, answer: Answer) -> None: ...
    def clear(self) -> None: ...


def show(
    stream: AnswerStream, output: Output, at_end: Callable[[Answer], object] | None = None
) -> Answer:
    """Follows `stream` to its end, or to the error or interrupt that ends it; then closes it. A
    whole answer is given to `at_end` before it is shown for the last time."""
    try:
        # Refused requests end here, before there is an output to take back.
        stream.open()
        output.begin(stream.answer)
        for event in stream.events():
            if isinstance(event, Progress):
                output.wait(event)
            else:
                output.write(event, stream.answer)
        stream.close()  # what takes time now is no time of the answer
        if at_end is not None:
            at_end(stream.answer)
    finally:
        stream.close()
        if stream.answer.finish_reason == "error" and stream.answer.is_empty:
            output.clear()
        else:
            output.finish(stream.answer)
    return stream.answer


def output_for(shell: InteractiveShell, *, stream: bool = True) -> Output:
    is_notebook = is_kernel(shell)
    output = (
        NotebookOutput(display=display_for(shell)) if is_notebook else TerminalOutput(sys.stdout)
    )
    return output if stream else FinalOutput(output)


class NotebookOutput:
    """One display, made at the first sign of an answer and updated in place."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, display: LiveDisplay | None = None
    ) -> None:
        self._display = display or LiveDisplay(clock)
        self._answer = Answer()

    def begin(self, answer: Answer) -> None:
        self._answer = answer
        self.wait(None)

    def wait(self, report: Progress | None) -> None:
        if report and report.stage == "thinking" and self._answer.look.think == "show":
            self._display.show(self._answer.bundle())
            return
        self._display.show(self._waiting(words(report), is_said=report is not None))
        # What was waited for must not hold back the first piece, which may be the last for a while.
        if report is None or report.stage != "thinking":
            self._display.hurry()

    def write(self, piece: str, answer: Answer) -> None:
        self._display.show(answer.bundle())

    def finish(self, answer: Answer) -> None:
        self._display.end(answer.bundle())

    def clear(self) -> None:
        self._display.clear()

    def _waiting(self, text: str, *, is_said: bool) -> dict[str, Any]:
        """With the MIME types that the answer's first text will have."""
        form, images = self._answer.look.form, self._answer.images
        look = Look("markdown" if form == "code" else form)
        emphatic = f"*{text}*" if is_said and look.form == "markdown" else text
        in_plain = Answer(text, images=images, look=look).as_plain()
        return Answer(emphatic, images=images, look=look).bundle() | {"text/plain": in_plain}


class FinalOutput:
    """Shows nothing until the answer has come to its end."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def begin(self, answer: Answer) -> None:
        """Nothing is shown."""

    def wait(self, report: Progress | None) -> None:
        """Nothing is shown."""

    def write(self, piece: str, answer: Answer) -> None:
        """Nothing is shown."""

    def finish(self, answer: Answer) -> None:
        if answer.text:
            self._output.write(answer.text, answer)
        self._output.finish(answer)

    def clear(self) -> None:
        """There is nothing to clear."""
