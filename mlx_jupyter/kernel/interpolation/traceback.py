"""An exception as text: what was raised, and where the user's code was.

Frames of IPython are left out, and of each run of frames inside a library all but the last: a model
learns nothing from them.
"""

from __future__ import annotations

import linecache
import os
import re
from traceback import FrameSummary, extract_tb, format_exception_only

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.interpolation.bounds import middle_out

__all__ = ["cell_label", "filenames", "traceback_text"]

_FRAMES = 12
_CAUSES = 3
_MESSAGE_CHARACTERS = 4_000
_LINES_AROUND = 2
_OWN_FOLDERS = (f"{os.sep}IPython{os.sep}", f"{os.sep}ipykernel{os.sep}")
_LIBRARY = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")
_STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")


def traceback_text(error: BaseException, shell: InteractiveShell) -> str:
    """Causes first, as Python has it; bounded."""
    parts = [_one(error, shell)]
    cause = _cause(error)
    while cause is not None and len(parts) <= _CAUSES:
        parts += [f"{_one(cause, shell)}\n\nWhile that was handled:\n"]
        cause = _cause(cause)
    return middle_out("\n".join(reversed(parts)))


def _cause(error: BaseException) -> BaseException | None:
    if error.__cause__ is not None or error.__suppress_context__:
        return error.__cause__
    return error.__context__


def _one(error: BaseException, shell: InteractiveShell) -> str:
    frames = [frame for frame in extract_tb(error.__traceback__) if not _is_ipythons(frame)]
    if isinstance(error, SyntaxError):
        frames = [frame for frame in frames if not _is_library(frame)]
    lines = _frames(frames, shell)
    head = ["Traceback (most recent call last):"] if lines else []
    said = "".join(format_exception_only(error)).rstrip()
    if isinstance(error, SyntaxError) and error.filename:
        said = said.replace(f'File "{error.filename}"', _where(error.filename, shell))
    return "\n".join([*head, *lines, middle_out(said, _MESSAGE_CHARACTERS)])


def _frames(frames: list[FrameSummary], shell: InteractiveShell) -> list[str]:
    kept = [at for at, frame in enumerate(frames) if not _is_inside(frames, at)]
    left_out = kept[2 : len(kept) - (_FRAMES - 2)] if len(kept) > _FRAMES else []
    lines: list[str] = []
    before = -1
    for at in kept:
        if at in left_out:
            continue
        if at - before > 1:
            lines.append(f"  … {at - before - 1} more")
        lines += _frame(frames[at], shell)
        before = at
    return lines


def _is_inside(frames: list[FrameSummary], at: int) -> bool:
    """Whether both this frame and the one that it calls are a library's."""
    return at + 1 < len(frames) and _is_library(frames[at]) and _is_library(frames[at + 1])


def _frame(frame: FrameSummary, shell: InteractiveShell) -> list[str]:
    number = frame.lineno or 0
    function = "" if frame.name == "<module>" else f", in {frame.name}"
    where = f"  {_where(frame.filename, shell)}, line {number}{function}"
    if _is_library(frame):
        return [where, f"    {frame.line}"] if frame.line else [where]
    around = range(max(1, number - _LINES_AROUND), number + _LINES_AROUND)
    lines = [(at, linecache.getline(frame.filename, at).rstrip()) for at in around]
    return [where, *(f"{'--->' if at == number else '    '} {line}" for at, line in lines if line)]


def _where(filename: str, shell: InteractiveShell) -> str:
    """A cell by its number; a file by its path."""
    return cell_label(filename, shell) or f'File "{_shortened(filename)}"'


def cell_label(filename: str, shell: InteractiveShell) -> str | None:
    """`Cell In[1]` for the name that a cell's code was compiled under; None for a file."""
    label = getattr(shell.compile, "format_code_name", lambda _: None)(filename)
    return " ".join(label) if label else None


def filenames(error: BaseException) -> list[str]:
    """Those of its frames, the outermost first; then of the text that is no Python."""
    found = [frame.filename for frame in extract_tb(error.__traceback__)]
    unread = error.filename if isinstance(error, SyntaxError) else None
    return [*found, unread] if unread else found


def _shortened(filename: str) -> str:
    """That of a library without the folder it is installed in."""
    return _LIBRARY.sub("", filename).removeprefix(_STANDARD_LIBRARY)


def _is_ipythons(frame: FrameSummary) -> bool:
    return any(folder in frame.filename for folder in _OWN_FOLDERS)


def _is_library(frame: FrameSummary) -> bool:
    """Also what was compiled, whose files have no folder."""
    name = frame.filename
    if name.startswith("<"):
        return name.startswith("<frozen")
    inside = name.startswith(_STANDARD_LIBRARY) or _LIBRARY.match(name) is not None
    return inside or not os.path.isabs(name)
