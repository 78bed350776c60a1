"""An answer in a terminal."""

from __future__ import annotations

from typing import TextIO

from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.images.strip import strip_plain
from mlx_jupyter.kernel.live import StatusLine
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.wire.sse import Progress

__all__ = ["TerminalOutput"]

_DIM, _PLAIN = "\x1b[2m", "\x1b[0m"


class TerminalOutput:
    """The pieces as they come. What is waited for stands on a line that is erased again; reasoning
    and the footer are dim, and left out where a file or a pipe would get them."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._status = StatusLine(file)
        self._answer = Answer()
        self._thought = 0

    def begin(self, answer: Answer) -> None:
        self._answer = answer
        if answer.images:
            self._put(strip_plain(answer.images) + "\n")

    def wait(self, report: Progress | None) -> None:
        if report and report.stage == "thinking" and self._answer.look.think == "show":
            self._think()
        elif report:
            self._status.show({"text/plain": words(report)})

    def write(self, piece: str, answer: Answer) -> None:
        self.clear()
        if self._thought:
            self._put("\n\n")
            self._thought = 0
        self._put(piece)

    def finish(self, answer: Answer) -> None:
        self.clear()
        foot = answer.footer if answer.look.footer and self._file.isatty() else ""
        self._put(answer.plain_tail() + "\n" + (f"{_DIM}[{foot}]{_PLAIN}\n" if foot else ""))

    def clear(self) -> None:
        self._status.clear()

    def _think(self) -> None:
        """Writes what has been thought since."""
        if not self._file.isatty():
            return
        self.clear()
        self._put(f"{_DIM}{self._answer.reasoning[self._thought :]}{_PLAIN}")
        self._thought = len(self._answer.reasoning)

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
