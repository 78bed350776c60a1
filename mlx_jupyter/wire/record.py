"""The file by which a server's own kernels find it: `mlx-jupyter-<pid>.json` (0600) in the runtime
folder."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["PREFIX", "ServerRecord", "file_name"]

PREFIX = "mlx-jupyter-"


class ServerRecord(Struct, kw_only=True):
    """`base_url` ends in `/mlx/v1` and is reachable from the same machine; `api_key` opens `/mlx`
    routes only; `uds` is the path of a unix socket, `cafile` the server's own certificate.
    `updates_displays` is as in `wire.health.Health`."""

    base_url: str
    api_key: str
    pid: int
    root_dir: str
    instance_id: str
    version: str
    uds: str | None = None
    cafile: str | None = None
    updates_displays: bool = True

    def __repr__(self) -> str:
        """Without the key."""
        return f"ServerRecord({self.base_url!r}, pid={self.pid}, root_dir={self.root_dir!r})"


def file_name(pid: int) -> str:
    return f"{PREFIX}{pid}.json"
