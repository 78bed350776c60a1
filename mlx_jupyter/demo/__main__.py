"""`python -m mlx_jupyter.demo NOTEBOOK`: start Jupyter, run the notebook, show what it answered,
stop.

The server is a real one with folders of its own, so that nothing of the user's is read or changed;
the notebook's kernel finds it as any kernel does.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from mlx_jupyter.wire.record import file_name

START_SECONDS = 120


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mlx_jupyter.demo", description=__doc__)
    parser.add_argument("notebook", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        _isolate(Path(folder))
        with _jupyter(options.notebook.resolve().parent, Path(folder)) as pid:
            _say(f"Jupyter Server {pid} is up, with the extension mlx_jupyter.\n")
            notebook = _run(options.notebook)
        _show(notebook)
        _say("Jupyter Server has stopped, and the model's process with it.\n")
    return 0


def _isolate(folder: Path) -> None:
    for kind in ("CONFIG", "DATA", "RUNTIME"):
        os.environ[f"JUPYTER_{kind}_DIR"] = str(folder / kind.lower())
    os.environ["IPYTHONDIR"] = str(folder / "ipython")
    os.environ["MLX_JUPYTER_CACHE"] = str(folder / "cache")
    os.environ.pop("JPY_PARENT_PID", None)


@contextmanager
def _jupyter(root: Path, folder: Path) -> Iterator[int]:
    """A server on a free port, ready to answer."""
    arguments = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--ServerApp.port_retries=0"]
    log = folder / "log"
    with log.open("wb") as out:
        command = [sys.executable, "-P", "-m", "jupyter_server", *arguments]
        server = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={root}"], stdout=out, stderr=subprocess.STDOUT
        )
    try:
        _await_record(server, folder / "runtime" / file_name(server.pid), log)
        yield server.pid
    finally:
        server.terminate()
        server.wait()


def _await_record(server: subprocess.Popen[bytes], record: Path, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not record.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"Jupyter did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)


def _run(file: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(file, as_version=4)
    resources = {"metadata": {"path": str(file.resolve().parent)}}
    # ipykernel warns on stderr of every TCP connection; this one is on the loopback.
    quiet = ["--IPKernelApp.log_level=40"]
    NotebookClient(notebook, timeout=300, resources=resources, extra_arguments=quiet).execute()
    return notebook


def _show(notebook: nbformat.NotebookNode) -> None:
    """Every code cell that said something, as a person would read it down the page."""
    for cell in notebook.cells:
        answers = [_text(output) for output in cell.get("outputs", [])]
        if any(answers):
            source = "\n".join(f"│ {line}" for line in cell.source.splitlines())
            _say(f"{source}\n{''.join(answers)}")


def _text(output: nbformat.NotebookNode) -> str:
    text = output.get("text") or output.get("data", {}).get("text/plain", "")
    return f"{text.rstrip()}\n" if text.strip() else ""


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
