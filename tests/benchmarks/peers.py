"""Other servers, each installed into an environment of its own when it is asked for.

--peer vllm-mlx                                       one of `KNOWN`, installed at its first use
--peer 'x=/envs/x/bin/x serve {model} --port {port}'  any other, as it is
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import venv
from pathlib import Path

from msgspec import Struct

__all__ = ["KNOWN", "Peer", "command_of", "peer"]

MLX = "mlx[cpu]" if sys.platform == "linux" else "mlx"


class Peer(Struct, frozen=True):
    """What pip is told to install, and how the server is started: a program of its environment."""

    package: str
    serve: str


KNOWN = {
    "mlx_vlm": Peer("mlx-vlm", "python -m mlx_vlm.server --model {model} --port {port}"),
    "vllm-mlx": Peer("vllm-mlx", "vllm-mlx serve {model} --port {port} --continuous-batching"),
    "rapid-mlx": Peer("rapid-mlx", "rapid-mlx serve {model} --port {port}"),
}


def peer(text: str) -> str:
    """For argparse: a name that is known, or NAME=COMMAND."""
    if "=" not in text and text not in KNOWN:
        known = ", ".join(KNOWN)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {known}; give NAME=COMMAND")
    return text


def command_of(peer: str, environments: Path) -> tuple[str, str]:
    """Its name and its command, with `{model}` and `{port}` in it. Raises `CalledProcessError`
    where pip fails."""
    name, _, command = peer.partition("=")
    if command:
        return name, command
    return name, f"{_installed(KNOWN[name], environments / name)}/bin/{KNOWN[name].serve}"


def _installed(peer: Peer, environment: Path) -> Path:
    """The mark is made last, so that what was left half-way is begun anew."""
    mark = environment / ".installed"
    if not mark.exists():
        venv.create(environment, clear=True, with_pip=True)
        install = [environment / "bin" / "python", "-m", "pip", "install", "-q"]
        subprocess.run([*install, MLX, peer.package], check=True)
        mark.touch()
    return environment
