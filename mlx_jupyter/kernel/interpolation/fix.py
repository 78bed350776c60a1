"""What `%chat fix` asks."""

from __future__ import annotations

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.fences import fenced
from mlx_jupyter.kernel.interpolation.err import Errors

__all__ = ["fix_prompt"]

_ASKED = (
    "A cell of my Jupyter notebook failed. Explain in a few sentences why, then give the corrected"
    " code of the whole cell in one Python code block."
)


def fix_prompt(shell: InteractiveShell, errors: Errors) -> str:
    """The last error, with the source of its cell, and what is wanted. Raises InvalidRequest if no
    cell has failed yet."""
    error = errors.last
    name = "The cell" if error.cell is None else f"Cell In[{error.cell}]"
    code = fenced(error.source, "python")
    return f"{_ASKED}\n\n{name}:\n\n{code}\n\nThe error:\n\n{fenced(error.traceback, 'text')}"
