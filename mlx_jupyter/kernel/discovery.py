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

import os
from pathlib import Path
from urllib.parse import urlsplit

from mlx_jupyter.errors import ServerNotFound
from mlx_jupyter.kernel.endpoint import Endpoint, of_record, of_url
from mlx_jupyter.kernel.records import answers, live_records
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["deepest_root", "find", "started_this_kernel"]

_EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104 - addresses a server binds, not ours to bind


def find(url: str | None = None, api_key: str | None = None) -> Endpoint:
    """The endpoint of the right server. Raises `ServerNotFound` that lists what there is."""
    if url:  # 1
        return _named(url, api_key, "explicit")
    if from_user := os.environ.get("MLX_JUPYTER_URL"):  # 2
        key = api_key or os.environ.get("MLX_JUPYTER_API_KEY")
        return _named(from_user, key, "environment")
    if parent := _parent_record():  # 3
        return of_record(parent, "parent")
    records = [record for record in live_records() if answers(record)]
    if holder := deepest_root(records, Path.cwd()):  # 4
        return of_record(holder, "folder")
    if hub := _hub_endpoint():  # 5
        return hub
    if len(records) == 1:  # 6
        return of_record(records[0], "only")
    raise _not_found(records)


def _named(url: str, api_key: str | None, how: str) -> Endpoint:
    endpoint = of_url(url, api_key, how, os.environ.get("MLX_JUPYTER_CA"))
    if endpoint.api_key:
        return endpoint
    same = [record for record in live_records() if _same_address(record, endpoint)]
    return of_record(same[0], how) if same else endpoint


def _same_address(record: ServerRecord, endpoint: Endpoint) -> bool:
    return _address(record.base_url) == _address(endpoint.base_url)


def _address(url: str) -> tuple[str, str, int | None, str]:
    """What two spellings of one address have in common: Jupyter prints `localhost`."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    name = "localhost" if host in ("localhost", "127.0.0.1", "::1") else host
    return parts.scheme, name, parts.port, parts.path.rstrip("/")


def _parent_record() -> ServerRecord | None:
    parent = os.environ.get("JPY_PARENT_PID", "")
    if not parent.isdigit():
        return None
    return next(iter(live_records(int(parent))), None)


def started_this_kernel(endpoint: Endpoint) -> bool:
    """Whether the server at `endpoint`, however it was found, is the one that started this kernel:
    only that one knows the kernel's id, and when it ends."""
    parent = _parent_record()
    return parent is not None and _same_address(parent, endpoint)


def deepest_root(records: list[ServerRecord], folder: Path) -> ServerRecord | None:
    """The record whose root folder is the nearest above `folder`; None if two are equally near."""
    here = folder.resolve()
    roots = [(Path(record.root_dir).resolve(), record) for record in records]
    holding = [(len(root.parts), record) for root, record in roots if here.is_relative_to(root)]
    deepest = max((depth for depth, _ in holding), default=0)
    nearest = [record for depth, record in holding if depth == deepest]
    return nearest[0] if len(nearest) == 1 else None


def _hub_endpoint() -> Endpoint | None:
    service = os.environ.get("JUPYTERHUB_SERVICE_URL")
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    token = os.environ.get("JUPYTERHUB_API_TOKEN")
    if not (service and prefix and token):
        return None
    parts = urlsplit(service)
    host = parts.hostname or ""
    host = "127.0.0.1" if host in _EVERYWHERE else f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port else ""
    url = f"{parts.scheme}://{host}{port}{prefix.rstrip('/')}/mlx/v1"
    return Endpoint(url, token, "hub")


def _not_found(records: list[ServerRecord]) -> ServerNotFound:
    if not records:
        return ServerNotFound(
            "No running Jupyter server with mlx_jupyter was found. Start one with `jupyter lab`, or"
            " set MLX_JUPYTER_URL and MLX_JUPYTER_API_KEY to reach one on another machine."
        )
    listed = ", ".join(f"{record.base_url} (in {record.root_dir})" for record in records)
    return ServerNotFound(
        f"{len(records)} Jupyter servers with mlx_jupyter are running and none of them started this"
        f" kernel: {listed}. Choose one: set MLX_JUPYTER_URL to its address, or pass the address to"
        " mlx_jupyter.connect()."
    )
