"""The whole comparison: `python -m tests.benchmarks.all --out results.md`.

Writes a table in Markdown, with the date and the machine, a plot beside it (`results.png`), and
with `--json` every round. Other servers take part where they are asked for (`peers`):
`--peer vllm-mlx`.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path

import msgspec
import psutil

from tests.benchmarks import gaps, rates, shared, turns, two
from tests.benchmarks.comparison import Comparison, lines, markdown
from tests.benchmarks.environment import find_environment
from tests.benchmarks.plot import plot
from tests.benchmarks.race import Measure, Race, add_arguments, race_of, racing, say

TOGETHER = {"rates": rates.measure, "shared": shared.measure, "gaps": gaps.measure}
"""With the same contestants."""
ALONE: dict[str, Measure] = {"turns": turns.measure, "two": two.measure}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.all",
        description="Our server, mlx-lm's, and others, beside mlx-lm called directly.",
    )
    add_arguments(parser)
    parser.add_argument(
        "--parts", default=",".join([*TOGETHER, *ALONE]), help="comma separated; default all"
    )
    parser.add_argument("--out", type=Path, required=True, help="the table; a plot comes beside it")
    parser.add_argument("--json", type=Path, help="write all rounds to this file")
    options = parser.parse_args(arguments)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    race = race_of(options)
    with tempfile.TemporaryDirectory(prefix="mlx-jupyter-benchmarks-") as scratch:
        parts = _parts(options.parts.split(","), race, Path(scratch))
        found = [one for part in parts for one in part]
    picture = options.out.with_suffix(".png")
    plot(found, picture, f"{race.model}, medians of {race.rounds} rounds")
    options.out.write_text("\n".join([*_page(race, found, picture.name), ""]))
    if options.json is not None:
        options.json.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    return 0


def _parts(names: Sequence[str], race: Race, scratch: Path) -> Iterator[list[Comparison]]:
    if together := [TOGETHER[name] for name in TOGETHER if name in names]:
        with racing(race, scratch / "together") as started:
            yield from (_said(measure(race, started)) for measure in together)
    yield from (_said(ALONE[name](race, scratch / name)) for name in ALONE if name in names)


def _said(found: list[Comparison]) -> list[Comparison]:
    say("\n".join([*lines(found), ""]))
    return found


def _page(race: Race, found: Sequence[Comparison], picture: str) -> list[str]:
    memory = psutil.virtual_memory().total / 2**30
    libraries = ", ".join(f"{name} {version(name)}" for name in ("mlx", "mlx-lm"))
    return [
        f"{race.model} on {platform.system()} {platform.machine()}, {psutil.cpu_count()} cores, "
        f"{memory:.0f} GiB; {find_environment().words()}; {libraries}; "
        f"{time.strftime('%Y-%m-%d')}. Medians of {race.rounds} interleaved rounds; in brackets "
        "the median of the ratios to mlx-lm called directly in the same round.",
        "",
        *markdown(found),
        "",
        f"![The same as ratios]({picture})",
    ]


if __name__ == "__main__":
    sys.exit(main())
