"""Local MLX models inside Jupyter: one pool, hosted by the server, used from every notebook.

Importing this package imports neither MLX nor Tornado nor httpx: the hooks below, which Jupyter and
IPython call, import what they need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlx_jupyter._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mlx_jupyter.kernel.client import Pool
    from mlx_jupyter.kernel.panel.widget import MemoryPanel

__all__ = ["MemoryPanel", "__version__", "connect"]


def connect(url: str | None = None, api_key: str | None = None) -> Pool:
    """A client of the pool: of the one at `url`, else of the server that started this kernel.

    Raises `ServerNotFound` when there is none, or several and none is the right one.
    """
    from mlx_jupyter.kernel.client import Pool
    from mlx_jupyter.kernel.discovery import find

    return Pool(find(url, api_key))


def __getattr__(name: str) -> Any:
    if name == "MemoryPanel":
        from mlx_jupyter.kernel.panel.opening import live_kind

        return live_kind()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from mlx_jupyter.server.extension import MLXJupyter

    return [{"module": "mlx_jupyter", "app": MLXJupyter}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    from mlx_jupyter.kernel.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    from mlx_jupyter.kernel.magics import unload

    unload(shell)
