"""A real Jupyter server in a process and folders of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

START_SECONDS = 60
FLOAT32 = "--MLXJupyter.float32"
"""Off where a test says nothing: models are then as large on every machine, whatever BLAS it has.
"""


@dataclass
class JupyterProcess:
    """`url` ends in `/mlx/v1`, `base` in `/mlx`, `key` opens both; `token` is Jupyter's own."""

    process: subprocess.Popen[bytes]
    url: str
    key: str
    token: str
    runtime_dir: Path
    root_dir: Path
    log_file: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def base(self) -> str:
        return self.url.removesuffix("/v1")

    @property
    def origin(self) -> str:
        """Jupyter's own base URL, with the slash."""
        return self.base.removesuffix("mlx")

    @property
    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def http(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return httpx.Client(base_url=self.base, headers=headers, timeout=60, trust_env=False)

    def workers(self) -> list[psutil.Process]:
        """The worker processes of this server, spares included."""
        children = psutil.Process(self.pid).children(recursive=True)
        return [child for child in children if "mlx_jupyter.worker" in " ".join(child.cmdline())]

    def stop(self) -> None:
        """End it as `jupyter server stop` does; kill it if it does not go."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        self.process.kill()
        self.process.wait()


OTHERS = ("jupyter_lsp", "jupyter_server_terminals", "jupyterlab", "notebook_shim")
"""Extensions that come with JupyterLab. They take as long to import as Jupyter Server itself, so
they stand beside ours only where JupyterLab runs."""


def environment(folder: Path) -> dict[str, str]:
    """This process's environment with every Jupyter folder of the user's replaced."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("MLX_JUPYTER")}
    env |= {
        f"JUPYTER_{kind}_DIR": str(folder / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    env |= {"IPYTHONDIR": str(folder / "ipython"), "HF_HUB_CACHE": str(folder / "hub")}
    env |= {"MLX_JUPYTER_CACHE": str(folder / "cache")}
    env.pop("JPY_PARENT_PID", None)
    return env


@contextlib.contextmanager
def jupyter(
    folder: Path,
    arguments: Sequence[str] = (),
    *,
    token: str = "token-of-the-test",
    app: str = "jupyter_server",
    port: int = 0,
    base_url: str = "/a%40b/",
    extra_environment: dict[str, str] | None = None,
    has_pool: bool = True,
) -> Iterator[JupyterProcess]:
    """Starts a server whose base URL has a character that must be escaped, and waits for its
    record; one that has no pool has Jupyter's own."""
    for name in ("runtime", "config", "data", "root", "hub"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    log_file = folder / "log"
    on_socket = any(argument.startswith("--ServerApp.sock=") for argument in arguments)
    ports = [] if on_socket else [f"--ServerApp.port={port}"]
    without = dict.fromkeys(OTHERS if app == "jupyter_server" else (), False)
    chosen = any(argument.startswith("--ServerApp.jpserver_ext") for argument in arguments)
    extensions = [] if chosen else [f"--ServerApp.jpserver_extensions={without}"]
    command = [
        *(sys.executable, "-P", "-m", app, "--allow-root", "--no-browser", *ports, *extensions),
        f"--ServerApp.root_dir={folder / 'root'}",
        *(f"--IdentityProvider.token={token}", f"--ServerApp.base_url={base_url}"),
        *([] if any(one.startswith(FLOAT32) for one in arguments) else [f"{FLOAT32}=off"]),
        *arguments,
    ]
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment(folder) | (extra_environment or {}),
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder / "root",
        )
    server = JupyterProcess(
        process=process,
        url="",
        key="",
        token=token,
        runtime_dir=folder / "runtime",
        root_dir=folder / "root",
        log_file=log_file,
    )
    try:
        name = f"mlx-jupyter-{process.pid}.json" if has_pool else f"jpserver-{process.pid}.json"
        record = _record(process, folder / "runtime" / name, log_file)
        server.url = record["base_url"] if has_pool else f"{record['url']}mlx/v1"
        server.key = record["api_key"] if has_pool else ""
        yield server
    finally:
        server.stop()


def _record(process: subprocess.Popen[bytes], file: Path, log_file: Path) -> dict[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError, ValueError):
            return dict(json.loads(file.read_text()))
        time.sleep(0.02)
    raise RuntimeError(f"the server did not start:\n{log_file.read_text(errors='replace')}")
