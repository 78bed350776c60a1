"""Where a panel is made: the only way to ipywidgets, which takes 0.2 s to import."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from IPython import get_ipython

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.live import is_kernel
from mlx_jupyter.kernel.panel.reading import look
from mlx_jupyter.kernel.panel.static import StaticPanel

if TYPE_CHECKING:
    from mlx_jupyter.kernel.panel.widget import MemoryPanel

__all__ = ["live_kind", "open_panel"]

_WIDGET = "mlx_jupyter.kernel.panel.widget"
_NO_WIDGETS = "For a live panel: %pip install ipywidgets, then restart the kernel."


def live_kind() -> type[MemoryPanel]:
    """`MemoryPanel`. Raises ImportError without ipywidgets."""
    kind: type[MemoryPanel] = importlib.import_module(_WIDGET).MemoryPanel
    return kind


def open_panel(pool: Pool) -> Any:
    """The live panel; where there are no widgets, the same as a table."""
    shell = get_ipython()
    if shell is None or not is_kernel(shell):
        return StaticPanel(look(pool))
    try:
        kind = live_kind()
    except ImportError as error:
        if error.name and error.name.partition(".")[0] == "mlx_jupyter":
            raise
        return StaticPanel(look(pool), _NO_WIDGETS)
    return kind(pool)
