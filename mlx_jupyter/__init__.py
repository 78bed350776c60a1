"""Local MLX models inside Jupyter: one pool, hosted by the server, used from every notebook.

Importing this package imports neither MLX nor Tornado nor httpx: the hooks below, which Jupyter and
IPython call, import what they need.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlx_jupyter._version import __version__

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from mlx_jupyter.kernel.asynchronous.client import AsyncPool
    from mlx_jupyter.kernel.client import Pool
    from mlx_jupyter.kernel.panel.widget import MemoryPanel

__all__ = ["AsyncPool", "MemoryPanel", "Pool", "__version__", "connect", "connect_async"]


def connect(url: str | None = None, api_key: str | None = None, *, ca: str | None = None) -> Pool:
    """A client of the pool, in a notebook, a script or a plain Python alike.

    `url` is an address as Jupyter prints it or a browser shows it; `ca` the file of a certificate
    to trust. Without `url` it is the pool that `%mlx connect` chose for this notebook, else the one
    of the server that started this kernel (`kernel.discovery` has the whole order). What is left
    out is taken from MLX_JUPYTER_URL, MLX_JUPYTER_API_KEY and MLX_JUPYTER_CA, where they are set.

    Raises `ServerNotFound` when there is no server, or several and none is the right one.
    """
    from mlx_jupyter.kernel.chosen import chosen_here
    from mlx_jupyter.kernel.client import Pool
    from mlx_jupyter.kernel.discovery import find

    return Pool((None if url else chosen_here()) or find(url, api_key, ca))


def connect_async(
    url: str | None = None, api_key: str | None = None, *, ca: str | None = None
) -> AsyncPool:
    """As `connect`, for asyncio. No coroutine: `async with mlx_jupyter.connect_async() as pool:`.

    Without `url`, and outside the kernels of a server, the servers of this machine are asked who
    they are, which takes up to two seconds for each that hangs. Where the event loop must not wait
    for that: `await asyncio.to_thread(mlx_jupyter.connect_async)`.
    """
    from mlx_jupyter.kernel.asynchronous.client import AsyncPool
    from mlx_jupyter.kernel.chosen import chosen_here
    from mlx_jupyter.kernel.discovery import find

    return AsyncPool((None if url else chosen_here()) or find(url, api_key, ca))


def __getattr__(name: str) -> Any:
    if name == "AsyncPool":
        from mlx_jupyter.kernel.asynchronous.client import AsyncPool

        return AsyncPool
    if name == "MemoryPanel":
        from mlx_jupyter.kernel.panel.opening import live_kind

        return live_kind()
    if name == "Pool":
        from mlx_jupyter.kernel.client import Pool

        return Pool
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
