"""`Err` in a real kernel, where IPython runs cells in another way than in a terminal."""

from __future__ import annotations

from typing import Any

FILL = """
from IPython import get_ipython
from mlx_jupyter.kernel.interpolation.fill import fill
print(fill(get_ipython(), {!r}).text, file=__import__("sys").stderr)
"""


def test_err_in_a_kernel_has_the_cell_and_its_line(notebook: Any) -> None:
    notebook.run("class Box:\n    def open(self):\n        return 1 / 0")
    notebook.run("Box().open()")
    assert notebook.run(FILL.format("{{Err}}")).stderr == (
        "Cell In[3]:\nBox().open()\n\n"
        "Traceback (most recent call last):\n  Cell In[3], line 1\n---> Box().open()\n"
        "  Cell In[2], line 3, in open\n"
        "     class Box:\n         def open(self):\n--->         return 1 / 0\n"
        "ZeroDivisionError: division by zero\n"
    )
    source = "class Box:\n    def open(self):\n        return 1 / 0\n"
    assert notebook.run(FILL.format("{{Box}}")).stderr == source
