"""A line in the place of a result that says little by itself.

Results of our own see to that themselves. An array is NumPy's: for it IPython is told how to show
this one object, until the cell is over.
"""

from __future__ import annotations

import sys

from IPython.core.interactiveshell import InteractiveShell

__all__ = ["show_instead"]


def show_instead(
    shell: InteractiveShell, result: object, text: str, magic: str, line: str, *cell: str
) -> bool:
    """Shows `text`, or nothing if it is empty, where the `result` of a magic would be shown.

    False, and nothing is done, unless that very call is the last line of the running cell: at the
    end of another stands what the user wants to see.
    """
    cells = shell.user_ns.get("In") or [""]
    call = f"run_{'cell' if cell else 'line'}_magic{(magic, line, *cell)!r}"
    if cells[-1].rstrip().rpartition("\n")[2] != f"get_ipython().{call}":
        return False
    printers = shell.display_formatter.ipython_display_formatter.singleton_printers

    def show(_: object) -> None:
        sys.stdout.write(text)

    def end(*_: object) -> None:
        # That this holds `result` keeps its id from becoming another object's meanwhile.
        printers.pop(id(result), None)
        shell.events.unregister("post_run_cell", end)

    printers[id(result)] = show
    shell.events.register("post_run_cell", end)
    return True
