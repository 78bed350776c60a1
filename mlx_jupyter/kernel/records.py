"""The records that servers leave in Jupyter's runtime folder, and whether one is still true.

A server that was killed leaves its record behind, and its process id may be another program's by
now. So a record is *live* when its process exists, and it *answers* when the server at its address
says that it is this very one (process id and instance id).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
from IPython import get_ipython
from jupyter_core.paths import jupyter_runtime_dir

from mlx_jupyter.kernel.endpoint import of_record
from mlx_jupyter.kernel.transport import http_client
from mlx_jupyter.wire.record import PREFIX, ServerRecord, file_name

__all__ = ["answers", "is_jupyter_server", "live_records", "runtime_folders"]

_PROBE_SECONDS = 2.0


class _Identity(msgspec.Struct):
    """The part of `wire.health.Health` that must not depend on the server's version."""

    pid: int
    instance_id: str


def runtime_folders() -> list[Path]:
    """Where records may lie: beside this kernel's connection file, then where Jupyter says.

    The first is the server's own folder, whatever this kernel's environment makes of it.
    """
    default = Path(jupyter_runtime_dir())
    connection_file = _connection_file()
    folders = [connection_file.parent, default] if connection_file else [default]
    return list(dict.fromkeys(folders))


def _connection_file() -> Path | None:
    shell = get_ipython()
    if shell is None or "IPKernelApp" not in shell.config:
        return None
    name = shell.config["IPKernelApp"].get("connection_file")
    return Path(name).absolute() if isinstance(name, str) else None


def live_records(pid: int | None = None) -> list[ServerRecord]:
    """The records of processes that exist; only that of `pid`, if it is given."""
    pattern = f"{PREFIX}*.json" if pid is None else file_name(pid)
    files = (file for folder in runtime_folders() for file in sorted(folder.glob(pattern)))
    found: dict[int, ServerRecord] = {}
    for record in _read(files):
        if _is_alive(record.pid):
            found.setdefault(record.pid, record)
    return list(found.values())


def is_jupyter_server(pid: int) -> bool:
    """Whether process `pid` is a Jupyter Server, with or without mlx_jupyter: by Jupyter's own
    file."""
    return any((folder / f"jpserver-{pid}.json").exists() for folder in runtime_folders())


def _read(files: Iterator[Path]) -> Iterator[ServerRecord]:
    for file in files:
        try:
            yield msgspec.json.decode(file.read_bytes(), type=ServerRecord)
        except (OSError, msgspec.MsgspecError):
            # Gone since the listing, half written, or of another version: no record for us.
            continue


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def answers(record: ServerRecord) -> bool:
    """Whether the server at the record's address is the one that wrote it. Sends one GET."""
    endpoint = of_record(record, "probe")
    try:
        with http_client(endpoint, timeout_seconds=_PROBE_SECONDS) as client:
            response = client.get(endpoint.health_url)
        identity = msgspec.json.decode(response.content, type=_Identity)
    except (httpx.HTTPError, msgspec.MsgspecError, OSError):
        return False
    return (identity.pid, identity.instance_id) == (record.pid, record.instance_id)
