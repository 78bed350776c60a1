"""Our contestant: a whole Jupyter server with the extension on, in folders of its own."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

import msgspec
import psutil

from mlx_jupyter.wire.record import ServerRecord, file_name
from tests.benchmarks.cost import processes
from tests.benchmarks.loop import LoopWatch

__all__ = ["Jupyter"]

EXTENSIONS = {"mlx_jupyter": True, "tests.benchmarks.ticker": True}
WORKER_MODULE = "mlx_jupyter.worker"


class Jupyter:
    """How to start it with the checkpoints in `models` as its models, and how to reach it then.

    Its BLAS is not told to it: finding one is its own business, and `worker_words` says how it did.
    """

    def __init__(self, folder: Path, models: Path, options: Sequence[str] = ()) -> None:
        self._folder = folder
        self._models = models
        self._options = options
        self._token = secrets.token_hex(16)
        self._record: ServerRecord | None = None
        for name in ("config", "data", "runtime", "root"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def arguments(self) -> list[str]:
        return [
            "-m",
            "jupyter_server",
            "--no-browser",
            "--allow-root",
            "--ServerApp.ip=127.0.0.1",
            "--ServerApp.port=0",
            f"--ServerApp.root_dir={self._folder / 'root'}",
            f"--ServerApp.jpserver_extensions={EXTENSIONS}",
            f"--IdentityProvider.token={self._token}",
            f"--MLXJupyter.model_dirs={self._models}",
            *self._options,
        ]

    def variables(self) -> dict[str, str]:
        folders = {
            "JUPYTER_CONFIG_DIR": str(self._folder / "config"),
            "JUPYTER_DATA_DIR": str(self._folder / "data"),
            "JUPYTER_RUNTIME_DIR": str(self._folder / "runtime"),
        }
        return {**os.environ, **folders}

    def find_record(self, pid: int) -> ServerRecord | None:
        """The runtime record of the server `pid`, once it has written one."""
        path = self._folder / "runtime" / file_name(pid)
        if path.exists():
            self._record = msgspec.json.decode(path.read_bytes(), type=ServerRecord)
        return self._record

    @property
    def record(self) -> ServerRecord:
        assert self._record is not None, "find_record comes first"
        return self._record

    def watch(self) -> LoopWatch:
        return LoopWatch(self.record.base_url.removesuffix("mlx/v1"), self._token)

    def parts(self) -> dict[str, list[int]]:
        pid = self.record.pid
        return {"server": [pid], "workers": processes(pid, WORKER_MODULE)}

    def worker_words(self) -> str:
        """The BLAS and the threads that our workers really have."""
        found = {_words(psutil.Process(pid).environ()) for pid in self.parts()["workers"]}
        return "; ".join(sorted(found)) or "no worker"


def _words(variables: dict[str, str]) -> str:
    blas = variables.get("LD_PRELOAD", "of the wheel")
    return f"BLAS {blas}, {variables.get('OPENBLAS_NUM_THREADS', 'any number of')} BLAS thread(s)"
