"""Whether the result of a cell stands there already."""

from __future__ import annotations

from IPython import get_ipython

__all__ = ["is_shown"]


def is_shown(cell: int | None) -> bool:
    """`cell` is the execution count of the one that showed it, if one did."""
    shell = get_ipython()
    return cell is not None and shell is not None and bool(shell.execution_count == cell)
