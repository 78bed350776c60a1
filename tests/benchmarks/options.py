"""The command line: `python -m tests.benchmarks --help`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from msgspec import Struct

from tests.benchmarks.checkpoints import SHAPES, default_cache
from tests.benchmarks.contestants import CONTESTANTS

__all__ = ["Options", "parse"]


REST_HELP = "seconds to wait at most until all are idle before the first round; default 15"


class Options(Struct, frozen=True):
    rounds: int
    models: tuple[str, ...]
    servers: tuple[str, ...]
    streams: tuple[int, ...]
    tokens: int | None
    rest: float
    json: Path | None
    cache: Path


def parse(arguments: Sequence[str] | None = None) -> Options:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description="Our server and mlx-lm's beside mlx-lm called directly, interleaved.",
    )
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    _add_list(parser, "--models", _name(SHAPES), ("llama-60m", "llama-3m"))
    _add_list(parser, "--servers", _name(CONTESTANTS), CONTESTANTS)
    _add_list(parser, "--streams", int, (1, 4, 16))
    parser.add_argument("--tokens", type=int, help="of each answer; default: by model")
    parser.add_argument("--rest", type=float, default=15.0, help=REST_HELP)
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="for the checkpoints")
    return Options(**vars(parser.parse_args(arguments)))


def _add_list(
    parser: argparse.ArgumentParser,
    flag: str,
    one: Callable[[str], object],
    default: Sequence[object],
) -> None:
    parser.add_argument(
        flag,
        type=lambda text: tuple(one(item) for item in text.split(",")),
        default=tuple(default),
        help="comma separated; default " + ",".join(map(str, default)),
    )


def _name(known: Collection[str]) -> Callable[[str], str]:
    def check(name: str) -> str:
        if name not in known:
            raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(known)}")
        return name

    return check
