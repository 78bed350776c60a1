"""What this notebook runs in: facts, and what they mean."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from IPython.core.interactiveshell import InteractiveShell

from mlx_jupyter.kernel.doctor.step import Mark, Step
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.live import is_kernel
from mlx_jupyter.kernel.parent import updates_displays

__all__ = ["Surroundings", "front_end", "notebook_steps", "surroundings"]


@dataclass(frozen=True)
class Surroundings:
    """`names` are those of the user's namespace that front ends leave there, `modules` those that
    are loaded. `parent` is JPY_PARENT_PID, as it is written."""

    is_kernel: bool
    kernel_id: str | None
    parent: str | None
    has_widgets: bool
    updates_displays: bool
    front_end: str


def surroundings(shell: InteractiveShell | None) -> Surroundings:
    """`shell` is None in a plain Python."""
    kernel = shell is not None and is_kernel(shell)
    names = shell.user_ns if shell is not None else ()
    return Surroundings(
        is_kernel=kernel,
        kernel_id=kernel_id(),
        parent=os.environ.get("JPY_PARENT_PID"),
        has_widgets=find_spec("ipywidgets") is not None,
        updates_displays=updates_displays(),
        front_end=front_end(
            os.environ, names, sys.modules, in_kernel=kernel, in_ipython=bool(names)
        ),
    )


def front_end(
    environment: Mapping[str, str],
    names: Collection[str],
    modules: Collection[str],
    *,
    in_kernel: bool,
    in_ipython: bool = True,
) -> str:
    """What shows this notebook, as far as a kernel can tell.

    - VS Code leaves `__vsc_ipynb_file__` in the namespace, and VSCODE_ in the environment; the
      latter also of a Jupyter that was started in its terminal.
    - Jupyter Server names the session's file in JPY_SESSION_NAME; who else starts a kernel
      (nbclient, papermill, jupyter console) does not.
    """
    if not in_kernel:
        return "IPython in a terminal" if in_ipython else "Python"
    if "google.colab" in modules:
        return "Colab"
    if "__vsc_ipynb_file__" in names:
        return "VS Code"
    if environment.get("JPY_SESSION_NAME"):
        return "JupyterLab or Notebook"
    if any(name.startswith("VSCODE_") for name in environment):
        return "VS Code"
    return "No page of Jupyter's (nbclient, papermill, a console or the like)"


def notebook_steps(here: Surroundings) -> list[Step]:
    if not here.is_kernel:
        said = f"{here.front_end}: answers are plain text as they come."
        return [Step("notebook", Mark.OK, said)]
    kernel = here.kernel_id or "without an id of Jupyter's"
    parent = here.parent or "not set"
    said = f"{here.front_end}; kernel {kernel}; JPY_PARENT_PID is {parent}."
    return [Step("notebook", Mark.OK, said), _displays(here), _widgets(here)]


def _displays(here: Surroundings) -> Step:
    if here.updates_displays:
        return Step("output", Mark.OK, "An answer is one output that is updated in place.")
    said = (
        "jupyter_server_documents makes a new output of every update: the cell is cleared instead."
    )
    todo = "In a cell with other output an answer appears when it is whole."
    return Step("output", Mark.OK, said, todo)


def _widgets(here: Surroundings) -> Step:
    if not here.has_widgets:
        said = "ipywidgets is not installed in this kernel's environment: no %mlx panel."
        return Step("widgets", Mark.NOTE, said, "%pip install ipywidgets")
    if not here.updates_displays:
        said = "jupyter_server_documents shows no widgets: %mlx panel is a table there."
        return Step("widgets", Mark.NOTE, said, "%mlx says the same as text.")
    return Step("widgets", Mark.OK, "ipywidgets is there, for %mlx panel.")
