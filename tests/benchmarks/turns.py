"""The fifth turn of a chat: `python -m tests.benchmarks.turns`.

The time to its first token, beside a direct call that keeps what it has read in mlx-lm's own prompt
cache. And that of the next turn, before which our model is evicted and loaded again, with
`prompt_cache_dir`, and the direct one stays.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter as clock

import httpx

from tests.benchmarks.comparison import Bound, Comparison
from tests.benchmarks.contestants import Started
from tests.benchmarks.prompts import prompts
from tests.benchmarks.race import Race, main, racing, rounds
from tests.benchmarks.trial import Answer, Trial

__all__ = ["measure"]

TURNS, FIRST_WORDS, TURN_WORDS, ANSWER_TOKENS = 5, 60, 40, 32
GOAL, RELOADED_GOAL = Bound(most=1.06), Bound(most=1.5)
SETTLE_SECONDS, QUIET_SECONDS, POLL_SECONDS = 15.0, 1.0, 0.1


def measure(race: Race, scratch: Path) -> list[Comparison]:
    folder = scratch / "prompts"
    folder.mkdir(parents=True)

    def ask(started: Started, seed: str) -> Mapping[str, float]:
        chat = Chat(race, started, seed)
        for _ in range(TURNS - 1):
            chat.turn()
        figures = {"first": chat.turn().first_seconds}
        if started.jupyter is not None:
            _wait_for_rest(folder)
            _reload(started, race.model)
        figures["next"] = chat.turn().first_seconds
        return {name: 1e3 * seconds for name, seconds in figures.items()}

    with racing(race, scratch, [f"--MLXJupyter.prompt_cache_dir={folder}"]) as started:
        found = rounds(race, started, ask)
    words = f"first token at turn {TURNS}"
    return [
        Comparison(words, "ms", found["first"], GOAL),
        Comparison("  and at the next, ours loaded anew", "ms", found["next"], RELOADED_GOAL),
    ]


class Chat:
    """One conversation with one contestant; `texts` are what was said so far, in turn."""

    def __init__(self, race: Race, started: Started, seed: str) -> None:
        self._started, self._tokens = started, race.scaled(ANSWER_TOKENS)
        first = prompts(f"{seed} first", 1, race.scaled(FIRST_WORDS))
        self._questions = [*first, *prompts(f"{seed} turns", TURNS, race.scaled(TURN_WORDS))]
        self.texts: tuple[str, ...] = ()

    def turn(self) -> Answer:
        said = (*self.texts, self._questions[len(self.texts) // 2])
        (answer,) = self._started.contestant.run(Trial((said,), self._tokens, keep=True))
        self.texts = (*said, answer.text)
        return answer


def _wait_for_rest(folder: Path) -> None:
    """Until nothing is written any more."""
    deadline, quiet_since, known = clock() + SETTLE_SECONDS, clock(), _state(folder)
    while clock() < deadline and clock() - quiet_since < QUIET_SECONDS:
        time.sleep(POLL_SECONDS)
        if (now := _state(folder)) != known:
            quiet_since, known = clock(), now


def _state(folder: Path) -> set[tuple[str, int]]:
    return {(str(file), file.stat().st_size) for file in folder.rglob("*") if file.is_file()}


def _reload(started: Started, model: str) -> None:
    assert started.jupyter is not None
    record = started.jupyter.record
    headers = {"Authorization": f"Bearer {record.api_key}"}
    base = record.base_url.removesuffix("/v1")
    with httpx.Client(base_url=base, headers=headers, timeout=120, trust_env=False) as http:
        http.post(f"/admin/models/unload/{model}").raise_for_status()
        http.post(f"/admin/models/load/{model}?pin=false").raise_for_status()


if __name__ == "__main__":
    sys.exit(main("turns", "The fifth turn of a chat, warm and after a reload.", measure))
