"""What loading and leaving cost: `python -m tests.benchmarks.residency`.

In each round, all of them on the same machine one after the other:

    reload      our evict and load of a large model, by a direct load of it in a fresh process that
                has imported its libraries
    rate        tokens per second of a small model of ours while ours loads the large one,
                by the rate while a process outside loads it
    late        by how much Jupyter's event loop was late during our load, at most
    memory      resident memory of all our processes after the evict, less that before the load
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import perf_counter as clock

import httpx
import psutil
from msgspec import Struct

from tests.benchmarks.checkpoints import checkpoint, default_cache
from tests.benchmarks.child import Child
from tests.benchmarks.environment import find_environment
from tests.benchmarks.jupyter import Jupyter
from tests.benchmarks.loop import LoopWatch, lateness

SMALL, LARGE = "llama-3m", "llama-150m"
SETTLE_SECONDS = 20.0


class Round(Struct, frozen=True):
    direct_seconds: float
    reload_seconds: float
    rate_alone: float
    rate_beside_ours: float
    rate_beside_outside: float
    late_ms: float
    own_late_ms: float
    left_bytes: int
    before_bytes: int


class Bench:
    def __init__(self, jupyter: Jupyter, watch: LoopWatch, outside: Callable[[], Child]) -> None:
        self._jupyter = jupyter
        self._watch = watch
        self._outside = outside
        self._http = httpx.Client(
            base_url=jupyter.record.base_url.removesuffix("/v1"),
            headers={"Authorization": f"Bearer {jupyter.record.api_key}"},
            timeout=300,
            trust_env=False,
        )

    def load(self) -> float:
        start = clock()
        self._http.post(f"/admin/models/load/{LARGE}").raise_for_status()
        return clock() - start

    def evict(self) -> float:
        start = clock()
        self._http.post(f"/admin/models/unload/{LARGE}").raise_for_status()
        return clock() - start

    @contextmanager
    def outside(self) -> Iterator[Callable[[], float]]:
        """A load in a fresh process that has imported its libraries, as a spare worker has."""
        with self._outside() as child:
            child.stdout.readline()

            def load() -> float:
                child.stdin.write(b"\n")
                child.stdin.flush()
                return float(child.stdout.readline())

            yield load

    def rate_beside(self, load: Callable[[], float]) -> float:
        done = threading.Event()
        thread = threading.Thread(target=lambda: (load(), done.set()))
        thread.start()
        rate = streamed_rate(self._http, SMALL, done.is_set)
        thread.join()
        return rate

    def rate_alone(self, seconds: float) -> float:
        end = clock() + seconds
        return streamed_rate(self._http, SMALL, lambda: clock() > end)

    def resident_bytes(self) -> int:
        pids = [pid for group in self._jupyter.parts().values() for pid in group]
        return sum(psutil.Process(pid).memory_info().rss for pid in pids)

    def settle(self) -> None:
        """Until the spare worker is there and has imported its libraries."""
        deadline = clock() + SETTLE_SECONDS
        while clock() < deadline:
            workers = self._http.get("/admin/models/status").json()["workers"]
            if any(one["model"] is None and one["device"] for one in workers):
                return
            threading.Event().wait(0.2)

    def round(self) -> Round:
        self.settle()
        before = self.resident_bytes()
        self.load()
        self.evict()
        self.settle()
        left = self.resident_bytes() - before
        with self.outside() as load_outside:
            direct = load_outside()
        self.load()
        self.settle()
        reload = self.evict() + self.load()
        self.evict()
        self.settle()
        alone = self.rate_alone(2 * direct + 1)
        self._watch.take()
        beside_ours = self.rate_beside(self.load)
        late = lateness(self._watch.take())
        self.evict()
        self.settle()
        with self.outside() as load_outside:
            beside_outside = self.rate_beside(load_outside)
        return Round(
            direct_seconds=direct,
            reload_seconds=reload,
            rate_alone=alone,
            rate_beside_ours=beside_ours,
            rate_beside_outside=beside_outside,
            late_ms=late.max_ms if late else 0.0,
            own_late_ms=late.own_max_ms if late else 0.0,
            left_bytes=left,
            before_bytes=before,
        )


def streamed_rate(http: httpx.Client, model: str, until: Callable[[], bool]) -> float:
    """Tokens per second of one stream after another, until told to end. The client's base URL is
    the one above `v1`."""
    tokens, start = 0, clock()
    body = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    body |= {"max_tokens": 256, "stream": True, "logit_bias": {"2": -100}}
    while not until():
        with http.stream("POST", "/v1/chat/completions", json=body) as stream:
            for line in stream.iter_lines():
                tokens += '"content":' in line
                if until():
                    break
    return tokens / (clock() - start)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.residency")
    parser.add_argument("--rounds", type=int, default=5, help="default 5")
    options = parser.parse_args()
    environment = find_environment()
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        models = Path(scratch) / "models"
        models.mkdir()
        for name in (SMALL, LARGE):
            (models / name).symlink_to(checkpoint(name, default_cache()))
        jupyter = Jupyter(Path(scratch) / "jupyter", models)
        log = Path(scratch) / "ours.log"
        child = stack.enter_context(Child(jupyter.arguments(), jupyter.variables(), log))
        child.wait_for("record of our server", lambda: jupyter.find_record(child.pid))
        watch = stack.enter_context(jupyter.watch())
        arguments = ["-m", "tests.benchmarks.outside", str(models / LARGE)]
        variables, file = environment.variables(), Path(scratch) / "outside.log"
        bench = Bench(jupyter, watch, lambda: Child(arguments, variables, file, pipes=True))
        bench.rate_alone(1)
        _say([bench.round() for _ in range(options.rounds)])
    return 0


def _say(rounds: list[Round]) -> None:
    def median(figure: Callable[[Round], float]) -> float:
        return statistics.median(figure(one) for one in rounds)

    reload = median(lambda r: r.reload_seconds / r.direct_seconds)
    beside = median(lambda r: r.rate_beside_ours / r.rate_beside_outside)
    late, own = max(r.late_ms for r in rounds), max(r.own_late_ms for r in rounds)
    left, before = median(lambda r: r.left_bytes) / 1e6, median(lambda r: r.before_bytes) / 1e6
    rows = [
        ("direct load, s", f"{median(lambda r: r.direct_seconds):.3f}", ""),
        ("evict and reload, s", f"{median(lambda r: r.reload_seconds):.3f}", ""),
        ("  ratio", f"{reload:.2f}", "< 1.15"),
        ("tokens/s alone", f"{median(lambda r: r.rate_alone):.0f}", ""),
        ("  beside our load", f"{median(lambda r: r.rate_beside_ours):.0f}", ""),
        ("  beside one outside", f"{median(lambda r: r.rate_beside_outside):.0f}", ""),
        ("  ratio", f"{beside:.2f}", ">= 0.90"),
        ("loop late at most, ms", f"{late:.1f}, by its own work {own:.1f}", "< 20"),
        ("memory left, MB", f"{left:.1f} of {before:.0f}", "<= 2 % + 10 MB"),
    ]
    lines = [f"{name:24}{figure:>28}   {goal}".rstrip() for name, figure, goal in rows]
    sys.stdout.write("\n".join([f"{len(rounds)} rounds, medians", *lines]) + "\n")


if __name__ == "__main__":
    sys.exit(main())
