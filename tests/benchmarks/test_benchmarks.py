"""The benchmark's machinery: all figures are there, all tokens are counted. No time is judged."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tests.benchmarks.embedding_batches import best_budget, budget_for, sorted_batches
from tests.benchmarks.embedding_rates import Compared, Level
from tests.benchmarks.embedding_report import rate_rows
from tests.benchmarks.embedding_texts import MIXED, draw_texts
from tests.benchmarks.goals import find_goal
from tests.benchmarks.load import LoadFailed, streamed_answer, whole_answer
from tests.benchmarks.metrics import first_token_p95_ms, tokens_per_second
from tests.benchmarks.prompts import prompts
from tests.benchmarks.report import Report, Row
from tests.benchmarks.rounds import Work
from tests.benchmarks.trial import Answer
from tests.benchmarks.vision import Row as Line

ROOT = Path(__file__).parents[2]
STREAMS, TOKENS = (1, 5), 6


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """One round of the smallest model."""
    folder = tmp_path_factory.mktemp("benchmarks")
    command = [sys.executable, "-m", "tests.benchmarks", "--models=llama-tiny", "--rounds=1"]
    command += ["--servers=direct,ours", f"--streams={','.join(map(str, STREAMS))}"]
    command += [f"--tokens={TOKENS}", "--rest=0"]
    command += [f"--json={folder / 'out.json'}", f"--cache={folder}"]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)
    (report,) = msgspec.json.decode((folder / "out.json").read_bytes(), type=list[Report])
    return report


def row(made: Report, burst: str, metric: str) -> Row:
    return next(row for row in made.rows if (row.burst, row.metric) == (burst, metric))


def test_every_metric_has_a_figure_of_each_contestant(made: Report) -> None:
    assert all(set(row.cells) == {"direct", "ours"} for row in made.rows)
    assert {row.burst for row in made.rows} == {"1", "5", "whole"}


def test_ours_is_compared_with_direct(made: Report) -> None:
    assert row(made, "1", "tokens_per_second").cells["ours"].ratio is not None


def test_all_contestants_do_exactly_the_work_that_was_asked_for(made: Report) -> None:
    ours = made.work["ours"]
    assert made.work == {"direct": ours, "ours": ours}
    assert ours.answer_tokens == ours.requests * TOKENS


def test_the_loop_is_watched_while_it_serves(made: Report) -> None:
    assert made.loop["ours"].ticks > 0


def test_work_of_the_same_seed_is_the_same() -> None:
    assert prompts("seed", 3) == prompts("seed", 3) != prompts("another", 3)


def test_work_adds_up() -> None:
    work = Work()
    work.add([answer(0.0, 1.0), answer(0.5, 2.0)])
    assert work == Work(requests=2, prompt_tokens=6, answer_tokens=20)


def test_tokens_per_second_counts_from_the_first_request_to_the_last_text() -> None:
    assert tokens_per_second([answer(0.0, 1.0), answer(0.5, 2.0)]) == 10.0


def test_a_late_stream_is_seen_in_the_95th_percentile() -> None:
    late = [answer(0.0, 1.0, first=0.1)] * 15 + [answer(0.0, 1.0, first=1.1)]
    assert first_token_p95_ms(late) == pytest.approx(350)


@pytest.mark.parametrize(("ours_ms", "met"), [(55.4, True), (55.6, False)])
def test_the_goal_for_the_first_token_leaves_a_twentieth_and_3_ms(
    ours_ms: float, met: bool
) -> None:
    goal = find_goal("llama-60m", "1", "first_token_ms")
    assert goal is not None
    assert goal.met([(ours_ms, 50.0)]) is met


def test_an_event_is_stamped_with_the_arrival_of_its_last_byte() -> None:
    text = b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n'
    usage = b'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
    pieces = [(0.9, HEAD + chunk(text[:9])), (2.0, chunk(text[9:-1])), (3.0, chunk(b"\n" + usage))]
    assert streamed_answer([*pieces, END], 0.0, 0.5) == Answer(
        3, 2, 0.5, 2.0, 2.0, text="a", stamps=(2.0,)
    )


def test_a_stream_that_ends_in_an_error_is_no_answer() -> None:
    error = b'data: {"error":{"message":"out of luck"}}\n\n'
    with pytest.raises(LoadFailed, match="out of luck"):
        streamed_answer([(1.0, HEAD + chunk(error)), END], 0.0, 0.0)


def test_a_refusal_is_no_answer() -> None:
    refused = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 7\r\n\r\nno key!"
    with pytest.raises(LoadFailed, match="no key"):
        whole_answer([(1.0, refused)], 0.0, 0.0)


def test_texts_of_the_same_seed_are_the_same() -> None:
    drawn = draw_texts("seed", 3, WORDS, MIXED)
    assert drawn == draw_texts("seed", 3, WORDS, MIXED) != draw_texts("another", 3, WORDS, MIXED)


def test_texts_have_lengths_of_all_kinds_within_their_bounds() -> None:
    lengths = [len(text.split()) for text in draw_texts("seed", 2000, WORDS, MIXED)]
    assert (min(lengths), max(lengths)) == (MIXED.least, MIXED.most)
    assert statistics.median(lengths) == pytest.approx(MIXED.median, rel=0.1)


def test_the_floor_puts_every_text_in_one_batch_and_none_above_its_budget() -> None:
    lengths = [5, 60, 7, 300, 6, 60]
    batches = sorted_batches(lengths, 128)
    assert batches == [[3], [1, 5], [2, 4, 0]]


def test_the_best_budget_has_the_least_median() -> None:
    assert best_budget({256: [1.0, 1.0, 9.0], 512: [2.0, 2.0, 2.0]}) == 256


@pytest.mark.parametrize(("texts", "budget"), [(1, 128), (32, 128), (255, 128), (4096, 256)])
def test_a_budget_is_for_at_least_so_many_texts(texts: int, budget: int) -> None:
    assert budget_for(texts, {256: 256, 32: 128}) == budget


def test_half_the_seconds_are_twice_the_texts_of_the_floor() -> None:
    found = lines_of(32, compared(direct=2.0, ours=1.0, padded=3.0))
    assert found["    ratio"].figure.startswith("2.000")
    assert found["  by one padded batch, ratio"].figure.startswith("3.000")
    assert found["  same work"].met


@pytest.mark.parametrize(("ours_ms", "met"), [(107.9, True), (108.1, False)])
def test_the_goal_for_one_text_leaves_three_percent_and_5_ms(ours_ms: float, met: bool) -> None:
    found = lines_of(1, compared(direct=0.1, ours=ours_ms / 1e3))
    assert found["  latency, ms"].met is met


@pytest.mark.parametrize("difference", [1e-3, float("nan")])
def test_other_vectors_are_not_the_same_work(difference: float) -> None:
    found = lines_of(2, compared(), compared(difference=difference))
    assert found["  same work"].met is False


WORDS = ("array", "batch", "cache")
HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
END = (4.0, b"0\r\n\r\n")


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def answer(start: float, last: float, first: float | None = None) -> Answer:
    return Answer(3, 10, start, first or last, last)


def compared(
    direct: float = 1.0, ours: float = 1.0, padded: float | None = None, difference: float = 0.0
) -> Compared:
    return Compared(direct, ours, padded, direct, ours, True, difference)


def lines_of(texts: int, *requests: Compared) -> dict[str, Line]:
    """By their words, of one round."""
    return {line.words: line for line in rate_rows(Level(texts), [requests])}
