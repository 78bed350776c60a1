"""The file by which a server's own kernels find it: `mlx-jupyter-<pid>.json` (0600) in the runtime
folder."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["PREFIX", "ServerRecord", "file_name"]

PREFIX = "mlx-jupyter-"


class ServerRecord(Struct, kw_only=True):
    """`base_url` ends in `/mlx/v1` and is reachable from the same machine; `api_key` opens `/mlx`
    routes only; `uds` is the path of a unix socket, `cafile` the server's own certificate."""

    base_url: str
    api_key: str
    pid: int
    root_dir: str
    instance_id: str
    version: str
    uds: str | None = None
    cafile: str | None = None


def file_name(pid: int) -> str:
    return f"{PREFIX}{pid}.json"
