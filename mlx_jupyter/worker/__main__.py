"""The worker process, `python -m mlx_jupyter.worker --fd N --lifeline M`.

Libraries print to stdout and may ask questions on stdin (transformers: "Do you wish to run the
custom code? [y/N]"). Neither may reach a person's terminal or hang a load: stdin is empty, and
what is printed goes where stderr goes, which the pool reads for a dead worker's last words.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import signal
import socket
import sys
from types import ModuleType

from mlx_jupyter.worker.channel import Channel
from mlx_jupyter.worker.transformers_index import quicken

LOOP = "mlx_jupyter.worker.loop"
"""By name: it imports the libraries, and transformers sooner with `quicken` before it."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mlx_jupyter.worker", description=__doc__)
    parser.add_argument("--fd", type=int, required=True, help="file descriptor of the socket")
    parser.add_argument(
        "--lifeline", type=int, required=True, help="a pipe that closes with Jupyter"
    )
    options = parser.parse_args()
    # Ctrl-C in Jupyter's terminal reaches the whole process group; ending workers is the pool's
    # work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _reroute_standard_streams()
    loop = _import_loop()
    loop.Worker(Channel(socket.socket(fileno=options.fd), options.lifeline)).run()
    return 0


def _import_loop() -> ModuleType:
    """Next to nothing that imports make is garbage; to look for it takes a tenth of their time."""
    quicken()
    gc.disable()
    loop = importlib.import_module(LOOP)
    gc.enable()
    return loop


def _reroute_standard_streams() -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)


if __name__ == "__main__":
    sys.exit(main())
