"""What `%chat fix` asks."""

from __future__ import annotations

import re

from IPython.core.interactiveshell import InteractiveShell

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
    code = _fenced(error.source, "python")
    return f"{_ASKED}\n\n{name}:\n\n{code}\n\nThe error:\n\n{_fenced(error.traceback, 'text')}"


def _fenced(text: str, language: str) -> str:
    """With a fence that the text does not hold."""
    longest = max((len(found) for found in re.findall(r"`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"
