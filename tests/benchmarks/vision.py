"""What seeing costs: `python -m tests.benchmarks.vision`.

In each round, all of them on the same machine one after the other:

    first       seconds to the first token about a new picture of 1024 x 1024 through HTTP, by those
                of mlx-vlm in a process of its own with a worker's environment
    again       those of a second question about the same picture
    late        by how much Jupyter's event loop was late while a request brought ten pictures of
                12 megapixels, at most, and while a process outside decoded the same
    memory      of Jupyter's process, after sixteen requests at once that are refused for their
                number of images, and after a PNG of 1 MB that is 1.2 GB once decoded
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

from msgspec import Struct

from mlx_jupyter.pool.blas import find_blas
from mlx_jupyter.pool.environment import worker_environment
from tests.benchmarks.checkpoints import default_cache
from tests.benchmarks.child import Child
from tests.benchmarks.jupyter import Jupyter
from tests.benchmarks.loop import Lateness
from tests.benchmarks.vision_client import VisionClient
from tests.benchmarks.vision_models import FAMILIES, vision_checkpoint
from tests.benchmarks.vision_rounds import (
    FirstToken,
    FirstTokens,
    ManyPhotos,
    Photos,
    Refusals,
    Refused,
)

RATIO, AGAIN_RATIO = 1.1, 2.0
LATE_MS, GROWTH_BYTES = 20.0, 20e6
TOO_MANY, INVALID = 413, 400
DEFAULT = "qwen2_vl-light,qwen2_vl"


class Row(Struct, frozen=True):
    words: str
    figure: str
    goal: str = ""
    met: bool | None = None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.vision")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    parser.add_argument("--families", default=DEFAULT, help=f"of {', '.join(FAMILIES)}")
    options = parser.parse_args()
    say([f"{options.rounds} rounds, medians; load {load_words()}"])
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        models = Path(scratch) / "models"
        models.mkdir()
        for family in options.families.split(","):
            (models / family).symlink_to(vision_checkpoint(family, default_cache()))
        jupyter = Jupyter(Path(scratch) / "jupyter", models)
        log = Path(scratch) / "ours.log"
        child = stack.enter_context(Child(jupyter.arguments(), jupyter.variables(), log))
        child.wait_for("record of our server", lambda: jupyter.find_record(child.pid))
        _measure(jupyter, models, options.rounds)
    return 0


def _measure(jupyter: Jupyter, models: Path, rounds: int) -> None:
    client = VisionClient(jupyter.record)
    with jupyter.watch() as watch:
        for model in sorted(models.iterdir()):
            with _floor(model) as floor:
                looks = FirstTokens(client, watch, floor, jupyter, model.name)
                looks.warm_up(models)
                found = [looks.round(models, number) for number in range(rounds)]
            say(lines(_first_rows(model.name, found)))
        photos = Photos(client, watch)
        photos.warm_up()
        for words, files in (("JPEG", photos.photos), ("PNG", photos.drawings)):
            many = [photos.round(files) for _ in range(rounds)]
            say(lines(_photo_rows(words, sum(map(len, files)), many)))
        refusals = Refusals(client, watch, jupyter.record.pid)
        refused = [refusals.round() for _ in range(rounds)]
        say(lines(_refused_rows(refusals.body_bytes, refused)))
    say([f"load {load_words()}; workers have {jupyter.worker_words()}"])


def _floor(model: Path) -> Child:
    variables = worker_environment(os.environ, find_blas("auto"))
    arguments = ["-m", "tests.benchmarks.vision_direct", str(model.resolve())]
    return Child(arguments, variables, model.parent.parent / "direct.log", pipes=True)


def _first_rows(model: str, rounds: Sequence[FirstToken]) -> Iterator[Row]:
    def median(figure: Callable[[FirstToken], float]) -> float:
        return statistics.median(figure(one) for one in rounds)

    ratios = [one.ours.first_seconds / one.direct.first_seconds for one in rounds]
    again = [one.ours.first_seconds / one.again.first_seconds for one in rounds]
    last, equal = rounds[-1], sum(one.ours.text == one.direct.text for one in rounds)
    tokens = (last.direct.prompt_tokens, last.ours.prompt_tokens)
    alike = all(one.direct.prompt_tokens == one.ours.prompt_tokens for one in rounds)
    yield Row(
        f"{model}: direct, s",
        f"{median(lambda one: one.direct.first_seconds):.3f}, of it the picture and its processor "
        f"{median(lambda one: one.direct.prepared_seconds):.3f}",
    )
    yield Row("  through HTTP, s", f"{median(lambda one: one.ours.first_seconds):.3f}")
    yield _ratio(ratios, f"<= {RATIO}", statistics.median(ratios) <= RATIO)
    yield Row(
        "    and of CPU s, all processes",
        f"{median(lambda one: one.cpu_seconds / one.direct_cpu_seconds):.3f} (direct "
        f"{median(lambda one: one.direct_cpu_seconds):.2f})",
    )
    yield Row("  prompt tokens, direct and ours", f"{tokens[0]} and {tokens[1]}", "equal", alike)
    yield Row("  equal answers", f"{equal} of {len(rounds)}")
    yield Row("  second question, s", f"{median(lambda one: one.again.first_seconds):.3f}")
    yield _ratio(again, f">= {AGAIN_RATIO}", statistics.median(again) >= AGAIN_RATIO)
    yield Row("  prompt_tokens_details, first", str(last.ours.details))
    yield Row("  prompt_tokens_details, second", str(last.again.details))
    yield from late_rows([one.late for one in rounds], "")


def _photo_rows(kind: str, total_bytes: int, rounds: Sequence[ManyPhotos]) -> Iterator[Row]:
    statuses = [one.status for one in rounds]
    wall = statistics.median(one.wall_seconds for one in rounds)
    yield Row(f"10 {kind} of 4000 x 3000, MB", f"{total_bytes / 1e6:.1f}")
    yield Row("  status", _counted(statuses), "200", set(statuses) == {200})
    yield Row("  wall, s", f"{wall:.2f}")
    yield from late_rows([one.late for one in rounds], "")
    yield from late_rows([one.control for one in rounds], ", decoding outside", goal=False)


def _refused_rows(body_bytes: int, rounds: Sequence[Refused]) -> Iterator[Row]:
    many = [status for one in rounds for status in one.many]
    bombs = [one.bomb for one in rounds]
    first = rounds[0].before_bytes
    grown = rounds[-1].after_bomb_bytes - first
    most = max(max(one.after_many_bytes, one.after_bomb_bytes) for one in rounds) - first
    met = most <= GROWTH_BYTES
    each = [(one.after_many_bytes - one.before_bytes) / 1e6 for one in rounds]
    yield Row("16 x 50 images, MB a request", f"{body_bytes / 1e6:.1f}")
    yield Row("  status", _counted(many), str(TOO_MANY), set(many) == {TOO_MANY})
    yield Row("bomb, status", _counted(bombs), str(INVALID), set(bombs) == {INVALID})
    yield Row("Jupyter's memory before, MB", f"{first / 1e6:.1f}")
    yield Row(
        "  grown by, MB",
        f"{grown / 1e6:.1f}, at most {most / 1e6:.1f}",
        "<= 20",
        met,
    )
    yield Row("  by each 16 requests, MB", ", ".join(f"{one:.1f}" for one in each))
    yield from late_rows([one.late for one in rounds], "", goal=False)


def late_rows(rounds: Iterable[Lateness | None], words: str, *, goal: bool = True) -> Iterator[Row]:
    late = [one for one in rounds if one is not None]
    most = max(one.max_ms for one in late)
    p99, own = max(one.p99_ms for one in late), max(one.own_max_ms for one in late)
    each = ", ".join(f"{one.max_ms:.0f}" for one in late)
    figure = f"at most {most:.1f} (p99 {p99:.1f}, by its own work {own:.1f}; rounds {each})"
    yield Row(
        f"  loop late, ms{words}",
        figure,
        f"< {LATE_MS:.0f}" if goal else "",
        most < LATE_MS if goal else None,
    )


def _ratio(ratios: Sequence[float], goal: str, met: bool) -> Row:
    figure = f"{statistics.median(ratios):.2f} (of {min(ratios):.2f} to {max(ratios):.2f})"
    return Row("    ratio", figure, goal, met)


def _counted(statuses: Sequence[int]) -> str:
    return ", ".join(f"{statuses.count(one)} x {one}" for one in sorted(set(statuses)))


def lines(rows: Iterable[Row]) -> list[str]:
    met = {True: "yes", False: "NO", None: ""}
    return [f"{r.words:34}{r.figure:76}{r.goal:8}{met[r.met]}".rstrip() for r in rows]


def load_words() -> str:
    return " ".join(f"{one:.2f}" for one in os.getloadavg())


def say(lines: Sequence[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
