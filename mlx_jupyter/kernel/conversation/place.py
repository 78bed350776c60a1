"""Where in a notebook something was said."""

from __future__ import annotations

from dataclasses import dataclass

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.cell import code_of_cell, request_of_cell

__all__ = ["Place", "place_of"]


@dataclass(frozen=True)
class Place:
    """`cell` stays when the cell runs again, `run` is new each time."""

    cell: str
    run: str


def place_of(shell: InteractiveShell) -> Place | None:
    """The cell that runs now: by the id that its front end sent (JupyterLab, Notebook), else by its
    text (nbclient 0.11 and others send none). None in a terminal, where nothing is run again."""
    request = request_of_cell(shell)
    run = request.get("header", {}).get("msg_id")
    if not run:
        return None
    cell_id = request.get("metadata", {}).get("cellId")
    return Place(f"id {cell_id}" if cell_id else f"text {code_of_cell(shell)}", run)
