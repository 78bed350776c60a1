"""`Err`: how the last cells failed, as text.

IPython tells after each cell how it went (`post_run_cell`), which any number of extensions may
listen to; a handler of exceptions there is only one of. Texts are kept, not tracebacks: these would
hold what every frame holds, such as the user's data.
"""

from __future__ import annotations

import re
import sys
from collections import deque
from dataclasses import dataclass
from typing import Any, Self

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.interpolation.bounds import middle_out
from mlx_jupyter.kernel.interpolation.traceback import cell_label, filenames, traceback_text

__all__ = ["CellError", "Errors"]

_KEPT = 20
_EVENT = "post_run_cell"
_NUMBER = re.compile(r"In\[(\d+)\]")


@dataclass(frozen=True)
class CellError:
    """`cell` is the number of the cell, if it has one; `source` and `traceback` are bounded."""

    cell: int | None
    source: str
    traceback: str

    def __str__(self) -> str:
        name = "A cell" if self.cell is None else f"Cell In[{self.cell}]"
        return f"{name}:\n{self.source}\n\n{self.traceback}"


class Errors:
    """The last 20 exceptions that ended a cell of one shell: `errors[3]` is that of cell 3, `last`
    and `str(errors)` are the last one.

    Not among them are interrupts, and mistakes on the line of a magic, which say all there is.
    """

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._kept: deque[CellError] = deque(maxlen=_KEPT)
        self._seen = _last_shown()

    @classmethod
    def of(cls, shell: InteractiveShell) -> Self | None:
        """Those that listen to `shell`."""
        listeners = (getattr(call, "__self__", None) for call in shell.events.callbacks[_EVENT])
        return next((found for found in listeners if isinstance(found, cls)), None)

    def listen(self) -> None:
        """The last error from before is known too, if it was that of a cell: IPython kept it."""
        self._shell.events.register(_EVENT, self.take)
        error = getattr(sys, "last_value", None)
        cell = None if error is None else _cell_of(error, self._shell)
        if error is not None and cell is not None:
            self._keep(error, cell, str(self._shell.user_ns.get(f"_i{cell}", "")))

    def stop(self) -> None:
        self._shell.events.unregister(_EVENT, self.take)

    def take(self, result: Any) -> None:
        """Keeps how a cell failed, if it did; called by IPython with its ExecutionResult."""
        error = result.error_before_exec or result.error_in_exec or self._shown()
        self._seen = _last_shown()
        source = str(getattr(result.info, "raw_cell", "") or "")
        self._keep(error, result.execution_count, source)

    def _keep(self, error: BaseException | None, cell: int | None, source: str) -> None:
        if not isinstance(error, Exception) or isinstance(error, UsageError):
            return
        text = traceback_text(error, self._shell)
        self._kept.append(CellError(cell, middle_out(source.rstrip()), text))

    def _shown(self) -> BaseException | None:
        """What was shown during the cell and did not end it, as a script's error in `%run`."""
        return None if _last_shown() == self._seen else getattr(sys, "last_value", None)

    @property
    def last(self) -> CellError:
        """Raises InvalidRequest if there is none."""
        if not self._kept:
            raise InvalidRequest("No cell has failed yet: there is no error to show.")
        return self._kept[-1]

    def __getitem__(self, cell: int) -> CellError:
        """The last one of cell `cell`. Raises InvalidRequest if there is none."""
        found = next((kept for kept in reversed(self._kept) if kept.cell == cell), None)
        if found is None:
            cells = sorted({kept.cell for kept in self._kept if kept.cell is not None})
            known = f" Those that did: {', '.join(map(str, cells))}." if cells else ""
            raise InvalidRequest(f"No error of cell {cell!r} is known.{known}")
        return found

    def __str__(self) -> str:
        return str(self.last)


def _last_shown() -> int:
    """Tells one exception from the next, and keeps neither; IPython keeps the last it showed."""
    return id(getattr(sys, "last_value", None))


def _cell_of(error: BaseException, shell: InteractiveShell) -> int | None:
    """The number of the cell that ran, or could not be read; None where that was not one of this
    shell."""
    labels = (cell_label(name, shell) for name in filenames(error))
    found = next((_NUMBER.search(label) for label in labels if label), None)
    return int(found[1]) if found else None
