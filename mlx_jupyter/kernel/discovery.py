"""Which server's pool a kernel talks to.

A prompt may be private, so it is never sent to a server that was guessed. In this order:

1. `url` given by the caller; its key too, or that of the record with the same address
2. `MLX_JUPYTER_URL`, `MLX_JUPYTER_API_KEY`, `MLX_JUPYTER_CA`, if the user set them
3. the server that started this kernel: the record of the process `JPY_PARENT_PID`
4. the server whose root folder holds the current folder: the deepest, unless two are equally deep
5. JupyterHub's environment: the single-user server that it says it started
6. the only live server

A record is used by 4 and 6 only if its server answers as the one that wrote it (see `records`).
"""

from __future__ import annotations

from mlx_jupyter.errors import ServerNotFound
from mlx_jupyter.kernel.endpoint import Endpoint, same_address
from mlx_jupyter.kernel.parent import parent_record
from mlx_jupyter.kernel.search import Search
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["find", "started_this_kernel"]


def find(url: str | None = None, api_key: str | None = None, cafile: str | None = None) -> Endpoint:
    """The endpoint of the right server. Raises `ServerNotFound` that lists what there is."""
    search = Search(url, api_key, cafile)
    for attempt in search.attempts():
        if attempt.endpoint:
            return attempt.endpoint
    raise _not_found(search.answering)


def started_this_kernel(endpoint: Endpoint) -> bool:
    """Whether the server at `endpoint`, however it was found, is the one that started this kernel:
    only that one knows the kernel's id, and when it ends."""
    parent = parent_record()
    return parent is not None and same_address(parent.base_url, endpoint.base_url)


def _not_found(records: list[ServerRecord]) -> ServerNotFound:
    if not records:
        return ServerNotFound(
            "No running Jupyter server with mlx_jupyter was found. Start one with `jupyter lab`, or"
            " set MLX_JUPYTER_URL and MLX_JUPYTER_API_KEY to reach one on another machine."
            " %mlx doctor says what was looked at."
        )
    listed = ", ".join(f"{record.base_url} (in {record.root_dir})" for record in records)
    return ServerNotFound(
        f"{len(records)} Jupyter servers with mlx_jupyter are running and none of them started this"
        f" kernel: {listed}. Choose one: %mlx connect ADDRESS in a notebook, its address to"
        " mlx_jupyter.connect(), or MLX_JUPYTER_URL."
    )
