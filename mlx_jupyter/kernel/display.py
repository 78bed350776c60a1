"""Shows an answer while it comes: one output in a notebook, plain text in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol, TextIO

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.stream import AnswerStream
from mlx_jupyter.wire.sse import Progress

__all__ = ["NotebookOutput", "Output", "TerminalOutput", "is_kernel", "output_for", "show", "words"]

_SECONDS_BETWEEN_UPDATES = 0.1
"""Each update carries the whole text again; ten a second reads as steady."""
_ERASE_LINE = "\r\x1b[K"


class Output(Protocol):
    """Where one answer is shown: `wait`, then `write`, and at last `finish` or `clear`."""

    def wait(self, report: Progress | None) -> None: ...
    def write(self, piece: str, answer: Answer) -> None: ...
    def finish(self, answer: Answer) -> None: ...
    def clear(self) -> None: ...


def show(stream: AnswerStream, output: Output) -> Answer:
    """Follows `stream` to its end, or to the error or interrupt that ends it; then closes it."""
    try:
        # Refused requests end here, before there is an output to take back.
        stream.open()
        output.wait(None)
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


def is_kernel(shell: InteractiveShell) -> bool:
    """Whether `shell` serves a frontend that renders rich output, not a terminal."""
    return getattr(shell, "kernel", None) is not None


def output_for(shell: InteractiveShell) -> Output:
    return NotebookOutput() if is_kernel(shell) else TerminalOutput(sys.stdout)


def words(report: Progress | None) -> str:
    """A progress report as a person would say it."""
    if report is None:
        return "…"
    elapsed = "" if report.elapsed_seconds is None else f", {report.elapsed_seconds:.0f} s"
    model = report.model or "the model"
    match report.stage:
        case "queued":
            return f"waiting for room for {model}{elapsed}"
        case "loading":
            return f"loading {model}{elapsed}"
        case "prefill" if report.total_tokens:
            return f"reading the prompt: {report.done_tokens or 0} of {report.total_tokens} tokens"
        case stage:
            return f"{stage}{elapsed}"


class NotebookOutput:
    """One display, made at the first sign of an answer and updated in place."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._handle: DisplayHandle | None = None
        self._shown: tuple[str, str] | None = None
        self._next_update = 0.0

    def wait(self, report: Progress | None) -> None:
        text = words(report)
        self._show(f"*{text}*" if report else text, text)
        # What was waited for must not hold back the first piece, which may be the last for a while.
        self._next_update = 0.0

    def write(self, piece: str, answer: Answer) -> None:
        self._show(answer.as_markdown(), answer.as_plain())

    def finish(self, answer: Answer) -> None:
        self._show(answer.as_markdown(), answer.as_plain(), now=True)

    def clear(self) -> None:
        if self._handle is not None:
            self._show("", "", now=True)

    def _show(self, markdown: str, plain: str, *, now: bool = False) -> None:
        if (markdown, plain) == self._shown or (not now and self._clock() < self._next_update):
            return
        bundle = {"text/markdown": markdown, "text/plain": plain}
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)
        self._shown = (markdown, plain)
        self._next_update = self._clock() + _SECONDS_BETWEEN_UPDATES


class TerminalOutput:
    """The pieces as they come. What is waited for stands on a line that is erased again; a file or
    a pipe, which cannot erase, does not get it."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting = False

    def wait(self, report: Progress | None) -> None:
        if report and self._file.isatty():
            self._put(_ERASE_LINE + words(report))
            self._waiting = True

    def write(self, piece: str, answer: Answer) -> None:
        self.clear()
        self._put(piece)

    def finish(self, answer: Answer) -> None:
        self.clear()
        self._put(answer.as_plain()[len(answer.text) :] + "\n")

    def clear(self) -> None:
        if self._waiting:
            self._put(_ERASE_LINE)
            self._waiting = False

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
