"""Where several answers are shown while they come."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Protocol, TextIO

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.live import LiveDisplay, StatusLine, is_kernel
from mlx_jupyter.kernel.mapping.column import Column
from mlx_jupyter.kernel.mapping.columns import as_markdown, as_plain

__all__ = ["ColumnsOutput", "NotebookColumns", "TerminalColumns", "columns_output_for"]


class ColumnsOutput(Protocol):
    """`show` what there is now, and at last `end` or `clear`."""

    def show(self, columns: Sequence[Column]) -> None: ...
    def end(self, columns: Sequence[Column]) -> None: ...
    def clear(self) -> None: ...


def columns_output_for(shell: InteractiveShell) -> ColumnsOutput:
    return NotebookColumns() if is_kernel(shell) else TerminalColumns(sys.stdout)


class NotebookColumns:
    """One display that is updated in place."""

    def __init__(self) -> None:
        self._display = LiveDisplay()

    def show(self, columns: Sequence[Column]) -> None:
        self._display.show(_bundle(columns))

    def end(self, columns: Sequence[Column]) -> None:
        self._display.end(_bundle(columns))

    def clear(self) -> None:
        self._display.clear()


class TerminalColumns:
    """One after the other: the first as it comes, then what the second has by then, and so on."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._status = StatusLine(file)
        self._over = 0
        self._written = 0
        self._is_begun = False

    def show(self, columns: Sequence[Column]) -> None:
        while self._over < len(columns):
            column = columns[self._over]
            self._write(column)
            if not column.ended:
                return
            self._finish(column)

    def end(self, columns: Sequence[Column]) -> None:
        self.show(columns)
        self.clear()

    def clear(self) -> None:
        self._status.clear()

    def _write(self, column: Column) -> None:
        """What is new of it."""
        text = column.answer.text
        if column.waiting:
            self._status.show({"text/plain": f"{column.model}: {column.waiting}"})
            return
        self.clear()
        if not self._is_begun:
            self._put(f"── {column.model} ──\n")
            self._is_begun = True
        self._put(text[self._written :])
        self._written = len(text)

    def _finish(self, column: Column) -> None:
        tail = [*column.notes, *([f"[{column.facts}]"] if column.facts else [])]
        if column.answer.text:
            tail.insert(0, "")
        self._put("\n".join([*tail, "", ""]))
        self._over, self._written, self._is_begun = self._over + 1, 0, False

    def _put(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()


def _bundle(columns: Sequence[Column]) -> dict[str, str]:
    return {"text/markdown": as_markdown(columns), "text/plain": as_plain(columns)}
