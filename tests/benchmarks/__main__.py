"""`python -m tests.benchmarks`: start all, measure round by round, print a table for each model."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import psutil

from tests.benchmarks.checkpoints import SHAPES, checkpoint
from tests.benchmarks.contestants import Setup, start
from tests.benchmarks.environment import find_environment
from tests.benchmarks.limits import Limits
from tests.benchmarks.metrics import plan_bursts
from tests.benchmarks.options import Options, parse
from tests.benchmarks.report import Report, report, table
from tests.benchmarks.rounds import Run


def main() -> int:
    options = parse()
    with tempfile.TemporaryDirectory(prefix="mlx-jupyter-benchmarks-") as scratch:
        reports = list(_reports(options, Path(scratch)))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(reports)))
    return 0


def _reports(options: Options, scratch: Path) -> Iterator[Report]:
    for model in options.models:
        folder = scratch / model
        folder.mkdir()
        path = checkpoint(model, options.cache)
        made = _measure(options, Setup(path, find_environment(), Limits(), folder))
        say(table(made) + "\n")
        yield made


def _measure(options: Options, setup: Setup) -> Report:
    """One model: all contestants are started once and stay up to the end."""
    model = setup.checkpoint.name
    bursts = plan_bursts(options.streams)
    with ExitStack() as stack:
        started = [stack.enter_context(start(name, setup)) for name in options.servers]
        run = Run(started, bursts, options.tokens or SHAPES[model].answer_tokens)
        run.warm_up(options.rest)
        say(f"{model}: {setup.limits.words()}; {setup.environment.words()}")
        for one in started:
            if one.jupyter is not None:
                say(f"our workers: {one.jupyter.worker_words()}")
        for number in range(options.rounds):
            run.round(number)
            say(f"round {number + 1} of {options.rounds}, load {psutil.getloadavg()[0]:.1f}")
    return report(model, bursts, run)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
