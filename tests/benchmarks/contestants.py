"""The three that are measured, each started as processes of its own and kept for the whole run."""

from __future__ import annotations

import shlex
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import httpx
import msgspec
from msgspec import Struct

from tests.benchmarks.child import Child
from tests.benchmarks.cost import Parts
from tests.benchmarks.environment import Environment
from tests.benchmarks.jupyter import Jupyter
from tests.benchmarks.limits import Limits
from tests.benchmarks.load import Load
from tests.benchmarks.loop import LoopWatch
from tests.benchmarks.trial import Answer, Trial

__all__ = ["CONTESTANTS", "Contestant", "Setup", "Started", "start"]

CONTESTANTS = ("direct", "mlx_lm", "ours")


class Contestant(Protocol):
    def run(self, trial: Trial) -> list[Answer]: ...


class Setup(Struct, frozen=True):
    """What all contestants are given: one model, one environment, one set of limits. `options` are
    for our server; `peers` are other servers' commands by name, in environments of their own, with
    `{model}` and `{port}` in them."""

    checkpoint: Path
    environment: Environment
    limits: Limits
    scratch: Path
    options: tuple[str, ...] = ()
    peers: dict[str, str] = {}


class Direct:
    """The parent's end of `direct`, the floor."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self._read()

    def run(self, trial: Trial) -> list[Answer]:
        self._child.stdin.write(msgspec.json.encode(trial) + b"\n")
        self._child.stdin.flush()
        return msgspec.json.decode(self._read(), type=list[Answer])

    def _read(self) -> bytes:
        line = self._child.stdout.readline()
        if not line:
            raise self._child.failed("direct said nothing")
        return line


class Started(Struct, frozen=True):
    """A contestant that is ready; `jupyter` and the `watch` on its event loop if it is ours."""

    name: str
    contestant: Contestant
    parts: Parts
    jupyter: Jupyter | None = None
    watch: LoopWatch | None = None


@contextmanager
def start(name: str, setup: Setup) -> Iterator[Started]:
    """The contestant `name` for as long as the context lasts."""
    with ExitStack() as stack:
        if name == "direct":
            child, contestant = stack.enter_context(_direct(setup))
            yield Started(name, contestant, lambda: {"process": [child.pid]})
        elif name == "mlx_lm":
            child, load = stack.enter_context(_mlx_lm(setup))
            yield Started(name, load, lambda: {"process": [child.pid]})
        elif name in setup.peers:
            child, load = stack.enter_context(_peer(name, setup))
            yield Started(name, load, lambda: {"process": [child.pid]})
        else:
            jupyter = stack.enter_context(_jupyter(setup))
            watch = stack.enter_context(jupyter.watch())
            record = jupyter.record
            load = Load(record.base_url, setup.checkpoint.name, record.api_key)
            yield Started(name, stack.enter_context(load), jupyter.parts, jupyter, watch)


@contextmanager
def _direct(setup: Setup) -> Iterator[tuple[Child, Direct]]:
    limits = msgspec.json.encode(setup.limits).decode()
    arguments = ["-m", "tests.benchmarks.direct", str(setup.checkpoint), limits]
    log = setup.scratch / "direct.log"
    with Child(arguments, setup.environment.variables(), log, pipes=True) as child:
        yield child, Direct(child)


@contextmanager
def _mlx_lm(setup: Setup) -> Iterator[tuple[Child, Load]]:
    port = _free_port()
    limits = setup.limits
    arguments = ["-m", "mlx_lm.server", "--model", str(setup.checkpoint), "--port", str(port)]
    arguments += ["--decode-concurrency", str(limits.batch), "--log-level", "WARNING"]
    arguments += ["--prompt-concurrency", str(limits.prefill_batch)]
    arguments += ["--prefill-step-size", str(limits.prefill_step_tokens)]
    url = f"http://127.0.0.1:{port}"
    log = setup.scratch / "mlx_lm.log"
    with Child(arguments, setup.environment.variables(), log) as child:
        child.wait_for("mlx_lm.server", lambda: _answers(f"{url}/health"))
        with Load(f"{url}/v1", str(setup.checkpoint)) as load:
            yield child, load


@contextmanager
def _peer(name: str, setup: Setup) -> Iterator[tuple[Child, Load]]:
    port, model = _free_port(), str(setup.checkpoint)
    program, *arguments = shlex.split(setup.peers[name].format(model=model, port=port))
    url = f"http://127.0.0.1:{port}/v1"
    log = setup.scratch / f"{name}.log"
    variables = setup.environment.variables()
    with Child(arguments, variables, log, program=program) as child:
        child.wait_for(name, lambda: _answers(f"{url}/models"))
        with Load(url, model) as load:
            yield child, load


@contextmanager
def _jupyter(setup: Setup) -> Iterator[Jupyter]:
    jupyter = Jupyter(setup.scratch / "jupyter", setup.checkpoint.parent, setup.options)
    with Child(jupyter.arguments(), jupyter.variables(), setup.scratch / "ours.log") as child:
        child.wait_for("record of our server", lambda: jupyter.find_record(child.pid))
        yield jupyter


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(url: str) -> bool | None:
    try:
        return httpx.get(url, trust_env=False).is_success or None
    except httpx.TransportError:
        return None
