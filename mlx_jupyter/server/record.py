"""Where this server can be reached, written down for its own kernels."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
from jupyter_core.paths import secure_write
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join

from mlx_jupyter._version import __version__
from mlx_jupyter.server.application import Application
from mlx_jupyter.server.outputs import updates_displays
from mlx_jupyter.wire.record import PREFIX, ServerRecord, file_name

__all__ = ["remove", "server_record", "sweep", "write"]

_EVERY_ADDRESS = ("", "0.0.0.0", "::", "*", "localhost")  # noqa: S104 - compared with, not bound to


def server_record(server: ServerApp, app: Application) -> ServerRecord:
    """Only after the port is known, which with `--port 0` is when the server has started."""
    host = "127.0.0.1" if server.ip in _EVERY_ADDRESS else server.ip
    host = f"[{host}]" if ":" in host else host
    scheme = "https" if server.certfile else "http"
    origin = "http://localhost" if server.sock else f"{scheme}://{host}:{server.port}"
    return ServerRecord(
        base_url=url_path_join(origin, server.base_url, "mlx/v1"),
        api_key=app.key,
        pid=os.getpid(),
        root_dir=str(Path(server.root_dir).resolve()),
        instance_id=app.instance_id,
        version=__version__,
        uds=server.sock or None,
        cafile=str(Path(server.certfile).resolve()) if server.certfile else None,
        updates_displays=updates_displays(server),
    )


def write(record: ServerRecord, runtime_dir: str) -> Path:
    """The file, readable by its owner alone."""
    file = Path(runtime_dir) / file_name(record.pid)
    with secure_write(str(file), binary=True) as out:
        out.write(msgspec.json.encode(record))
    return file


def remove(runtime_dir: str) -> None:
    (Path(runtime_dir) / file_name(os.getpid())).unlink(missing_ok=True)


def sweep(runtime_dir: str) -> None:
    """Remove what servers left that were killed, as Jupyter does with its own files there."""
    for file in Path(runtime_dir).glob(f"{PREFIX}*.json"):
        pid = file.stem.removeprefix(PREFIX)
        if pid.isdecimal() and not _runs(int(pid)):
            file.unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is someone else's
        return True
    return True
