"""One output that changes: a display that is updated in a notebook, one line in a terminal.

Where the server of this kernel makes a new output of every update (see `parent`):

1. A cell in which nothing else shows anything is cleared, and the display made anew: one output.
2. In any other cell that would take away what stands there already (an earlier answer in a loop),
   so the display is made once, at the end.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, Protocol, TextIO

from IPython.core.interactiveshell import InteractiveShell
from IPython.display import DisplayHandle, clear_output, publish_display_data

from mlx_jupyter.kernel.cell import code_of_cell, has_one_output
from mlx_jupyter.kernel.parent import updates_displays

__all__ = [
    "ClearingDisplay",
    "FinalDisplay",
    "Live",
    "LiveDisplay",
    "StatusLine",
    "display_for",
    "is_kernel",
    "live_for",
]

Bundle = dict[str, Any]

_SECONDS_BETWEEN_UPDATES = 0.1
"""Each update carries the whole text again; ten a second reads as steady."""
_ERASE_LINE = "\r\x1b[K"


class Live(Protocol):
    """`show` what is so now, `add` a line to what has been, and at last `end` with what came out
    (whether it stands there then is returned) or `clear`."""

    def show(self, bundle: Bundle) -> None: ...
    def add(self, line: str, bundle: Bundle) -> None: ...
    def end(self, bundle: Bundle) -> bool: ...
    def clear(self) -> None: ...


def is_kernel(shell: InteractiveShell) -> bool:
    """Whether `shell` serves a frontend that renders rich output, not a terminal."""
    return getattr(shell, "kernel", None) is not None


def live_for(shell: InteractiveShell) -> Live:
    return display_for(shell) if is_kernel(shell) else StatusLine(sys.stdout)


def display_for(shell: InteractiveShell) -> LiveDisplay:
    """The display of a kernel that is right for its server and for the cell that runs now."""
    if updates_displays():
        return LiveDisplay()
    return ClearingDisplay() if has_one_output(code_of_cell(shell)) else FinalDisplay()


class LiveDisplay:
    """One display, made at the first sign and updated in place. Bundles have a key for each MIME
    type; what comes too soon after another is not shown, save the last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._handle: DisplayHandle | None = None
        self._shown: Bundle | None = None
        self._next_update = 0.0

    def show(self, bundle: Bundle) -> None:
        if self._clock() >= self._next_update:
            self._put(bundle)

    def add(self, line: str, bundle: Bundle) -> None:
        # At once: what follows, and would show it too, may be long in coming.
        self._put(bundle)

    def end(self, bundle: Bundle) -> bool:
        self._put(bundle)
        return True

    def clear(self) -> None:
        if self._handle is not None:
            self._put(dict.fromkeys(self._shown or {}, ""))

    def hurry(self) -> None:
        """Lets the next `show` through: it may be the last for a while."""
        self._next_update = 0.0

    def _put(self, bundle: Bundle) -> None:
        if bundle == self._shown:
            return
        # Before it is shown: ■ may come as soon as it is, and `clear` must know.
        self._shown = bundle
        self._publish(bundle)
        self._next_update = self._clock() + _SECONDS_BETWEEN_UPDATES

    def _publish(self, bundle: Bundle) -> None:
        if self._handle is None:
            self._handle = DisplayHandle()
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)


class ClearingDisplay(LiveDisplay):
    """As LiveDisplay, by clearing the cell and displaying anew."""

    def clear(self) -> None:
        if self._shown is not None:
            clear_output()

    def _publish(self, bundle: Bundle) -> None:
        # `wait` keeps what is there until the display follows: no flicker.
        clear_output(wait=True)
        publish_display_data(bundle)


class FinalDisplay(LiveDisplay):
    """Shows only what came out."""

    def show(self, bundle: Bundle) -> None:
        """What is so now is not shown: it could not be taken back."""

    def add(self, line: str, bundle: Bundle) -> None:
        """As `show`."""

    def clear(self) -> None:
        """There is nothing to clear before the end, and nothing after it."""

    def _publish(self, bundle: Bundle) -> None:
        publish_display_data(bundle)


class StatusLine:
    """The last line of what is so now, which is erased again; a file or a pipe, which cannot erase,
    does not get it. What is added stays."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._shown = False
        self._added = False

    def show(self, bundle: Bundle) -> None:
        if self._file.isatty():
            newest = str(bundle["text/plain"]).rsplit("\n", 1)[-1]
            # A line that wraps could not be erased.
            width = shutil.get_terminal_size().columns - 1
            self._write(_ERASE_LINE + newest[:width])
            self._shown = True

    def add(self, line: str, bundle: Bundle) -> None:
        self.clear()
        self._write(line + "\n")
        self._added = True

    def end(self, bundle: Bundle) -> bool:
        self.clear()
        return self._added

    def clear(self) -> None:
        if self._shown:
            self._write(_ERASE_LINE)
            self._shown = False

    def _write(self, text: str) -> None:
        self._file.write(text)
        self._file.flush()
