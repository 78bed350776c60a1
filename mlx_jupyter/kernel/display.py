"""Shows an answer while it comes: one output in a notebook, plain text in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.images.picture import Preview
from mlx_jupyter.kernel.images.strip import strip_plain
from mlx_jupyter.kernel.live import LiveDisplay, StatusLine, display_for, is_kernel
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.kernel.stream import AnswerStream
from mlx_jupyter.wire.sse import Progress

__all__ = ["NotebookOutput", "Output", "TerminalOutput", "output_for", "show"]


class Output(Protocol):
    """Where one answer is shown: `begin`, then `wait`, `write`, and at last `finish` or `clear`."""

    def begin(self, answer: Answer) -> None: ...
    def wait(self, report: Progress | None) -> None: ...
    def write(self, piece: str, answer: Answer) -> None: ...
    def finish(self, answer: Answer) -> None: ...
    def clear(self) -> None: ...


def show(stream: AnswerStream, output: Output) -> Answer:
    """Follows `stream` to its end, or to the error or interrupt that ends it; then closes it."""
    try:
        # Refused requests end here, before there is an output to take back.
        stream.open()
        output.begin(stream.answer)
        for event in stream.events():
            if isinstance(event, Progress):
                output.wait(event)
            else:
                output.write(event, stream.answer)
    finally:
        stream.close()
        if stream.answer.finish_reason == "error" and not stream.answer.text:
            output.clear()
        else:
            output.finish(stream.answer)
    return stream.answer


def output_for(shell: InteractiveShell) -> Output:
    is_notebook = is_kernel(shell)
    return NotebookOutput(display=display_for(shell)) if is_notebook else TerminalOutput(sys.stdout)


class NotebookOutput:
    """One display, made at the first sign of an answer and updated in place."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, display: LiveDisplay | None = None
    ) -> None:
        self._display = display or LiveDisplay(clock)
        self._images: list[Preview] = []

    def begin(self, answer: Answer) -> None:
        self._images = answer.images
        self.wait(None)

    def wait(self, report: Progress | None) -> None:
        text = words(report)
        markdown = f"*{text}*" if report else text
        in_markdown = Answer(markdown, images=self._images).as_markdown()
        in_plain = Answer(text, images=self._images).as_plain()
        self._display.show({"text/markdown": in_markdown, "text/plain": in_plain})
        # What was waited for must not hold back the first piece, which may be the last for a while.
        self._display.hurry()

    def write(self, piece: str, answer: Answer) -> None:
        self._display.show(_bundle(answer))

    def finish(self, answer: Answer) -> None:
        self._display.end(_bundle(answer))

    def clear(self) -> None:
        self._display.clear()


class TerminalOutput:
    """The pieces as they come. What is waited for stands on a line that is erased again."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._status = StatusLine(file)

    def begin(self, answer: Answer) -> None:
        if answer.images:
            self._put(strip_plain(answer.images) + "\n")

    def wait(self, report: Progress | None) -> None:
        if report:
            self._status.show({"text/plain": words(report)})

    def write(self, piece: str, answer: Answer) -> None:
        self.clear()
        self._put(piece)

    def finish(self, answer: Answer) -> None:
        self.clear()
        self._put(answer.plain_tail() + "\n")

    def clear(self) -> None:
        self._status.clear()

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()


def _bundle(answer: Answer) -> dict[str, str]:
    return {"text/markdown": answer.as_markdown(), "text/plain": answer.as_plain()}
