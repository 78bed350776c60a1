"""What vectors cost: `python -m tests.benchmarks.embedding`.

The model has the size of all-MiniLM-L6, texts have 5 to 250 tokens. The floor is mlx-embeddings in
a process of its own with a worker's environment: texts by length, in micro-batches. The parts:

    budgets     texts per second of the floor by the size of its micro-batches; in the other parts
                it has the best one for as many texts
    rates       texts per second through HTTP, by the floor's, and by those of mlx-embeddings' own
                call, which pads all to the longest; the latency of one text
    chat        tokens per second of a chat with another model beside a request of 20,000 short
                texts, by those beside the floor with the same texts
    small       latency of one text while such a request runs in the same model
    late        by how much Jupyter's event loop was late during such a request, at most, and during
                one of 100,000 lines; what that one left of Jupyter's memory
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from time import perf_counter as clock

from msgspec import Struct

from mlx_jupyter.demo import MODELS
from tests.benchmarks.checkpoints import checkpoint, default_cache
from tests.benchmarks.child import Child
from tests.benchmarks.cost import await_rest
from tests.benchmarks.embedding_ask import Ask, Made
from tests.benchmarks.embedding_batches import BUDGETS_TOKENS, best_budget
from tests.benchmarks.embedding_beside import CHAT, Neighbours
from tests.benchmarks.embedding_client import EmbeddingClient, body_of
from tests.benchmarks.embedding_floor import EmbeddingFloor, start_floor
from tests.benchmarks.embedding_late import DEMO, UPLOADED_TIMES, Large
from tests.benchmarks.embedding_models import MODEL, embedding_checkpoint
from tests.benchmarks.embedding_rates import LEVELS, Level, Rates
from tests.benchmarks.embedding_report import (
    budget_rows,
    chat_rows,
    large_rows,
    rate_rows,
    small_rows,
    upload_rows,
)
from tests.benchmarks.embedding_texts import MIXED, draw_texts, whole_words
from tests.benchmarks.jupyter import Jupyter
from tests.benchmarks.loop import LoopWatch
from tests.benchmarks.rounds import rotated
from tests.benchmarks.vision import Row, lines, load_words, say

FEW_ROUNDS = 3
BUDGET_TEXTS, DEMO_BUDGET_TEXTS = (32, 256), 1024
SPARE_SECONDS = 30.0


class Bench(Struct, frozen=True):
    client: EmbeddingClient
    watch: LoopWatch
    floor: EmbeddingFloor
    jupyter: Jupyter
    models: Path
    rounds: int
    levels: list[Level]
    large: int

    @property
    def few_rounds(self) -> int:
        """Of what takes minutes."""
        return min(self.rounds, FEW_ROUNDS)

    @property
    def words(self) -> list[str]:
        return whole_words(self.models / MODEL)


def main() -> int:
    options = _options()
    say([f"{options.rounds} rounds, medians; load {load_words()}"])
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        models = folder / "models"
        models.mkdir()
        (models / MODEL).symlink_to(embedding_checkpoint(default_cache()))
        (models / CHAT).symlink_to(checkpoint(CHAT, default_cache()))
        jupyter = Jupyter(folder / "jupyter", models)
        log = folder / "ours.log"
        child = stack.enter_context(Child(jupyter.arguments(), jupyter.variables(), log))
        child.wait_for("record of our server", lambda: jupyter.find_record(child.pid))
        floor = stack.enter_context(start_floor(models / MODEL, folder / "direct.log"))
        watch = stack.enter_context(jupyter.watch())
        client = EmbeddingClient(jupyter.record)
        sizes = options.rounds, options.texts, options.large
        bench = Bench(client, watch, floor, jupyter, models, *sizes)
        _warm_up(bench)
        for rows in chain.from_iterable(
            PARTS[part](bench) for part in PARTS if part in options.only
        ):
            say(lines(rows))
        say([f"load {load_words()}; workers have {jupyter.worker_words()}"])
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.embedding")
    few = f"default 7; of what takes minutes {FEW_ROUNDS} at most"
    parser.add_argument("--rounds", type=int, default=7, help=few)
    parser.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    known = ",".join(str(level.texts) for level in LEVELS)
    parser.add_argument("--texts", default=known, help=f"of a request; of {known}")
    parser.add_argument("--large", type=int, default=20_000, help="texts of a large request")
    options = parser.parse_args()
    options.only = [_known(parser, one, PARTS) for one in options.only.split(",")]
    levels = {str(level.texts): level for level in LEVELS}
    options.texts = [levels[_known(parser, one, levels)] for one in options.texts.split(",")]
    return options


def _known(parser: argparse.ArgumentParser, name: str, names: Collection[str]) -> str:
    if name not in names:
        parser.error(f"{name!r} is none of {', '.join(names)}")
    return name


def _warm_up(bench: Bench) -> None:
    """Loads all models, and waits until a spare worker is there again."""
    for model in (MODEL, DEMO):
        bench.client.make(body_of(model, ["warm"]))
    end = clock() + 1
    bench.client.chat_rate(CHAT, lambda: clock() > end)
    bench.floor.make(["warm"])
    await_rest([bench.jupyter.parts], SPARE_SECONDS)


def _budgets(bench: Bench) -> Iterator[Iterable[Row]]:
    for count in BUDGET_TEXTS:
        yield _budget_rows(bench.floor, MODEL, bench.models / MODEL, count, bench.few_rounds)
    with start_floor(MODELS[DEMO], bench.models.parent / "demo.log") as floor:
        yield _budget_rows(floor, DEMO, MODELS[DEMO], DEMO_BUDGET_TEXTS, bench.few_rounds)


def _budget_rows(
    floor: EmbeddingFloor, model: str, folder: Path, count: int, rounds: int
) -> Iterator[Row]:
    """Leaves the floor with its best one for so many texts."""
    words = whole_words(folder)
    made = {budget: list[Made]() for budget in BUDGETS_TOKENS}
    for number in range(rounds * max(1, max(BUDGET_TEXTS) // count)):
        texts = draw_texts(f"budget {number}", count, words, MIXED)
        for budget in rotated(BUDGETS_TOKENS, number):
            made[budget].append(floor.ask(Ask(texts, budget)))
    best = best_budget({budget: [one.seconds for one in made[budget]] for budget in made})
    floor.budgets_tokens[count] = best
    return budget_rows(model, count, made, best)


def _rates(bench: Bench) -> Iterator[Iterable[Row]]:
    seed = secrets.token_hex(8)
    rates = Rates(bench.client, bench.floor, bench.jupyter.parts, bench.words, seed)
    for level in bench.levels:
        rounds = range(min(bench.rounds, level.rounds))
        yield rate_rows(level, [rates.round(level, number) for number in rounds])


def _chat(bench: Bench) -> Iterator[Iterable[Row]]:
    neighbours = Neighbours(bench.client, bench.floor, bench.words, bench.large)
    rounds = [neighbours.chat_round(number) for number in range(bench.few_rounds)]
    yield chat_rows(bench.large, rounds)


def _small(bench: Bench) -> Iterator[Iterable[Row]]:
    neighbours = Neighbours(bench.client, bench.floor, bench.words, bench.large)
    rounds = [neighbours.small_round(number) for number in range(bench.few_rounds)]
    yield small_rows(bench.large, rounds)


def _late(bench: Bench) -> Iterator[Iterable[Row]]:
    server = bench.jupyter.record.pid
    large = Large(bench.client, bench.floor, bench.watch, server, bench.large)
    made = [
        (large.answers(bench.words), large.control(bench.words)) for _ in range(bench.few_rounds)
    ]
    yield large_rows(bench.large, [one for one, _ in made], [late for _, late in made])
    words = whole_words(MODELS[DEMO])
    uploads = [large.upload(words) for _ in range(bench.few_rounds)]
    yield upload_rows(UPLOADED_TIMES * bench.large, uploads)


PARTS: dict[str, Callable[[Bench], Iterator[Iterable[Row]]]] = {
    "budgets": _budgets,
    "rates": _rates,
    "chat": _chat,
    "small": _small,
    "late": _late,
}
"""The first one tells the floor what is best for it."""


if __name__ == "__main__":
    sys.exit(main())
