"""What the comparisons of `rates`, `shared`, `turns`, `gaps`, `two` and `all` have in common: their
command line, their contestants, and their rounds.

Every round asks all contestants the same, one after the other, and begins with another of them.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import msgspec
import psutil
from msgspec import Struct

from tests.benchmarks.checkpoints import SHAPES, checkpoint, default_cache
from tests.benchmarks.comparison import Comparison, lines
from tests.benchmarks.contestants import CONTESTANTS, Setup, Started, start
from tests.benchmarks.cost import await_rest
from tests.benchmarks.environment import find_environment
from tests.benchmarks.limits import Limits
from tests.benchmarks.peers import KNOWN, command_of, peer
from tests.benchmarks.rounds import rotated

__all__ = [
    "Found",
    "Measure",
    "Race",
    "add_arguments",
    "main",
    "race_of",
    "racing",
    "rounds",
    "say",
    "standing",
]

MODEL = "llama-60m"


class Race(Struct, frozen=True):
    """`scale` makes prompts and answers shorter, for the test of this benchmark. `peers` are other
    servers by name, as `Setup` has them."""

    rounds: int
    model: str
    servers: tuple[str, ...]
    peers: dict[str, str]
    scale: float
    rest: float
    cache: Path

    @property
    def names(self) -> tuple[str, ...]:
        return (*self.servers, *self.peers)

    def scaled(self, number: int) -> int:
        return max(2, round(self.scale * number))


Measure = Callable[[Race, Path], list[Comparison]]
Found = dict[str, dict[str, list[float]]]
"""By name of the figure and contestant, one for each round."""


def standing(measure: Callable[[Race, Sequence[Started]], list[Comparison]]) -> Measure:
    """With contestants of its own."""

    def alone(race: Race, scratch: Path) -> list[Comparison]:
        with racing(race, scratch) as started:
            return measure(race, started)

    return alone


def main(name: str, words: str, measure: Measure, arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog=f"python -m tests.benchmarks.{name}", description=words)
    add_arguments(parser)
    parser.add_argument("--json", type=Path, help="write all rounds to this file")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="mlx-jupyter-benchmarks-") as scratch:
        found = measure(race_of(options), Path(scratch))
    say("\n".join(lines(found)))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    return 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=8, help="default 8")
    parser.add_argument("--model", choices=SHAPES, default=MODEL, help=f"default {MODEL}")
    parser.add_argument("--servers", default=",".join(CONTESTANTS), help="comma separated")
    parser.add_argument(
        "--peer",
        type=peer,
        action="append",
        default=[],
        metavar="NAME",
        help=f"another server, installed in an environment of its own: {', '.join(KNOWN)}; or "
        "NAME=COMMAND for one that is there, with {model} and {port}; may be given again",
    )
    parser.add_argument("--scale", type=float, default=1.0, help="of prompts and answers")
    parser.add_argument("--rest", type=float, default=15.0, help="seconds to wait for idleness")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="for the checkpoints")


def race_of(options: argparse.Namespace) -> Race:
    return Race(
        rounds=options.rounds,
        model=options.model,
        servers=tuple(options.servers.split(",")),
        peers=dict(command_of(one, options.cache / "peers") for one in options.peer),
        scale=options.scale,
        rest=options.rest,
        cache=options.cache,
    )


@contextmanager
def racing(race: Race, scratch: Path, options: Sequence[str] = ()) -> Iterator[list[Started]]:
    """All contestants, started once; `options` are for our server."""
    scratch.mkdir(parents=True, exist_ok=True)
    setup = Setup(
        checkpoint(race.model, race.cache),
        find_environment(),
        Limits(),
        scratch,
        tuple(options),
        race.peers,
    )
    with ExitStack() as stack:
        yield [stack.enter_context(start(name, setup)) for name in race.names]


def rounds(
    race: Race,
    started: Sequence[Started],
    ask: Callable[[Started, str], Mapping[str, float]],
) -> Found:
    """What `ask` finds for each contestant. It is given a seed, the same for all within a round;
    once before the first round nothing is kept."""
    secret = secrets.token_hex(8)
    for one in started:
        ask(one, f"{secret} warm {one.name}")
    await_rest([one.parts for one in started], race.rest)
    found: defaultdict[str, defaultdict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for number in range(race.rounds):
        for one in rotated(started, number):
            for figure, value in ask(one, f"{secret} {number}").items():
                found[figure][one.name].append(value)
        say(f"round {number + 1} of {race.rounds}, load {psutil.getloadavg()[0]:.1f}")
    return {figure: _in_order(by_name, started) for figure, by_name in found.items()}


def _in_order(
    by_name: dict[str, list[float]], started: Sequence[Started]
) -> dict[str, list[float]]:
    return {one.name: by_name[one.name] for one in started if one.name in by_name}


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
