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

__all__ = ["AsyncPool", "Pool", "__version__", "connect", "connect_async"]


def connect(url: str | None = None, api_key: str | None = None) -> Pool:
    """A client of the pool: of the one at `url`, else of the server that started this kernel.

    Raises `ServerNotFound` when there is none, or several and none is the right one.
    """
    from mlx_jupyter.kernel.client import Pool
    from mlx_jupyter.kernel.discovery import find

    return Pool(find(url, api_key))


def connect_async(url: str | None = None, api_key: str | None = None) -> AsyncPool:
    """As `connect`, for asyncio. No coroutine: `async with mlx_jupyter.connect_async() as pool:`.

    Without `url`, and outside the kernels of a server, the servers of this machine are asked who
    they are, which takes up to two seconds for each that hangs. Where the event loop must not wait
    for that: `await asyncio.to_thread(mlx_jupyter.connect_async)`.
    """
    from mlx_jupyter.kernel.asynchronous.client import AsyncPool
    from mlx_jupyter.kernel.discovery import find

    return AsyncPool(find(url, api_key))


def __getattr__(name: str) -> Any:
    if name == "AsyncPool":
        from mlx_jupyter.kernel.asynchronous.client import AsyncPool

        return AsyncPool
    if name == "Pool":
        from mlx_jupyter.kernel.client import Pool

        return Pool
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from mlx_jupyter.server.extension import MLXJupyter

    return [{"module": "mlx_jupyter", "app": MLXJupyter}]


def load_ipython_extension(shell: InteractiveShell) -> None:
    from mlx_jupyter.kernel.magics import load

    load(shell)


def unload_ipython_extension(shell: InteractiveShell) -> None:
    from mlx_jupyter.kernel.magics import unload

    unload(shell)
