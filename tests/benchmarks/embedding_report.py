"""From what was measured of embeddings to rows: medians, ratios of the same round, goals. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from tests.benchmarks.embedding_ask import Made
from tests.benchmarks.embedding_beside import ChatBeside, SmallBeside
from tests.benchmarks.embedding_late import LargeAnswer, Upload
from tests.benchmarks.embedding_rates import Compared, Level
from tests.benchmarks.loop import Lateness
from tests.benchmarks.vision import Row, late_rows

__all__ = ["budget_rows", "chat_rows", "large_rows", "rate_rows", "small_rows", "upload_rows"]

RATIO, PADDED_RATIO = 0.95, 2.0
ONE_TEXT_RATIO, ONE_TEXT_SLACK_MS = 1.03, 5.0
MOST_DIFFERENCE = 1e-5

Rounds = Sequence[Sequence[Compared]]


def budget_rows(
    model: str, texts: int, made: Mapping[int, Sequence[Made]], best: int
) -> Iterator[Row]:
    for budget, rounds in made.items():
        rate = texts / statistics.median(one.seconds for one in rounds)
        cpu_rate = texts / statistics.median(one.cpu_seconds for one in rounds)
        yield Row(
            f"{model}, {texts} texts, {budget} a batch",
            f"{rate:.1f} texts/s directly, {cpu_rate:.1f} a CPU second",
            "best" if budget == best else "",
        )


def rate_rows(level: Level, rounds: Rounds) -> Iterator[Row]:
    def rate(seconds: Callable[[Compared], float]) -> float:
        return statistics.median(level.texts * len(one) / _sum(one, seconds) for one in rounds)

    ratios = _ratios(rounds, lambda one: one.direct_seconds, lambda one: one.seconds)
    cpu = _ratios(rounds, lambda one: one.cpu_seconds, lambda one: one.direct_cpu_seconds)
    many = "text" if level.texts == 1 else "texts"
    yield Row(
        f"{level.texts} {many}: direct, texts/s", f"{rate(lambda one: one.direct_seconds):.2f}"
    )
    yield Row("  through HTTP, texts/s", f"{rate(lambda one: one.seconds):.2f}")
    yield _ratio("    ratio", ratios, f">= {RATIO}", statistics.median(ratios) >= RATIO)
    yield _ratio("    CPU s of all processes, ratio", cpu)
    if level.texts == 1:
        yield _latency_row(list(chain.from_iterable(rounds)))
    if padded := [one for one in chain.from_iterable(rounds) if one.padded_seconds is not None]:
        yield _padded_row(padded)
    yield _work_row(list(chain.from_iterable(rounds)))


def _ratios(
    rounds: Rounds, above: Callable[[Compared], float], below: Callable[[Compared], float]
) -> list[float]:
    """One of each round."""
    return [_sum(one, above) / _sum(one, below) for one in rounds if _sum(one, below)]


def _sum(requests: Sequence[Compared], seconds: Callable[[Compared], float]) -> float:
    return sum(map(seconds, requests))


def _latency_row(requests: Sequence[Compared]) -> Row:
    """Of the same text: what is over is what the goal does not count."""
    direct = 1e3 * statistics.median(one.direct_seconds for one in requests)
    ours = 1e3 * statistics.median(one.seconds for one in requests)
    more = 1e3 * statistics.median(one.seconds - one.direct_seconds for one in requests)
    over = [one.seconds - ONE_TEXT_RATIO * one.direct_seconds for one in requests]
    slack = 1e3 * statistics.median(over)
    return Row(
        "  latency, ms",
        f"direct {direct:.2f}, through HTTP {ours:.2f}, more {more:.2f}, beyond 3 % {slack:.2f}",
        f"< {ONE_TEXT_SLACK_MS:.0f}",
        slack < ONE_TEXT_SLACK_MS,
    )


def _padded_row(requests: Sequence[Compared]) -> Row:
    ratios = [(one.padded_seconds or 0.0) / one.seconds for one in requests]
    met = statistics.median(ratios) >= PADDED_RATIO
    return _ratio("  by one padded batch, ratio", ratios, f">= {PADDED_RATIO:.0f}", met)


def _work_row(requests: Sequence[Compared]) -> Row:
    """NaN is no small difference."""
    most = max(requests, key=lambda one: (one.difference != one.difference, one.difference))
    tokens = all(one.equal_tokens for one in requests)
    words = "equal" if tokens else "NOT EQUAL"
    figure = f"tokens {words}, numbers differ by {most.difference:.1e} at most"
    return Row("  same work", figure, "", tokens and most.difference <= MOST_DIFFERENCE)


def chat_rows(count: int, rounds: Sequence[ChatBeside]) -> Iterator[Row]:
    def median(figure: Callable[[ChatBeside], float]) -> float:
        return statistics.median(figure(one) for one in rounds)

    alone, outside = median(lambda one: one.rate_alone), median(lambda one: one.rate_beside_outside)
    yield Row("chat alone, tokens/s", f"{alone:.1f}")
    yield Row(f"  beside {count} texts outside", f"{outside:.1f}")
    yield Row(f"  beside {count} texts of ours", f"{median(lambda one: one.rate_beside_ours):.1f}")
    yield _ratio("    ratio", [one.rate_beside_ours / one.rate_beside_outside for one in rounds])
    yield _ratio("    of alone", [one.rate_beside_ours / one.rate_alone for one in rounds])
    took = median(lambda one: one.ours_seconds), median(lambda one: one.outside_seconds)
    yield Row("  the embeddings, s", f"ours {took[0]:.1f}, outside {took[1]:.1f}")


def small_rows(count: int, rounds: Sequence[SmallBeside]) -> Iterator[Row]:
    idle = [1e3 * one for each in rounds for one in each.idle_seconds]
    busy = [1e3 * one for each in rounds for one in each.busy_seconds]
    large = statistics.median(one.large_seconds for one in rounds)
    yield Row("1 text, idle, ms", _spread(idle))
    yield Row(f"  beside {count} of the same model", _spread(busy))
    yield Row("  the large request, s", f"{large:.1f}")


def _spread(ms: Sequence[float]) -> str:
    return f"{statistics.median(ms):.1f}, at most {max(ms):.1f} ({len(ms)} requests)"


def large_rows(
    count: int, rounds: Sequence[Mapping[str, LargeAnswer]], control: Sequence[Lateness | None]
) -> Iterator[Row]:
    for name in rounds[0]:
        made = [one[name] for one in rounds]
        seconds = statistics.median(one.drained.seconds for one in made)
        answer = made[0].drained.answer_bytes / 1e6
        yield Row(f"{count} texts, {name}", f"{seconds:.1f} s, an answer of {answer:.0f} MB")
        yield from late_rows([one.late for one in made], "")
    yield from late_rows(control, ", outside", goal=False)


def upload_rows(count: int, rounds: Sequence[Upload]) -> Iterator[Row]:
    first, seconds = rounds[0], statistics.median(one.drained.seconds for one in rounds)
    yield Row(
        f"{count} texts to the demo model",
        f"{seconds:.1f} s, {first.body_bytes / 1e6:.1f} MB there and "
        f"{first.drained.answer_bytes / 1e6:.0f} MB back, begun after "
        f"{first.drained.first_seconds:.1f} s",
    )
    yield from late_rows([one.late for one in rounds], "")
    yield Row("  Jupyter's memory before, MB", f"{first.before_bytes / 1e6:.1f}")
    most = [(one.most_bytes - one.before_bytes) / 1e6 for one in rounds]
    left = [(one.after_bytes - one.before_bytes) / 1e6 for one in rounds]
    yield Row("    grown by at most, MB", f"{max(most):.1f} (rounds {_listed(most)})")
    yield Row("    by each request, MB", _listed(left))


def _listed(figures: Sequence[float]) -> str:
    return ", ".join(f"{one:.1f}" for one in figures)


def _ratio(words: str, ratios: Sequence[float], goal: str = "", met: bool | None = None) -> Row:
    figure = f"{statistics.median(ratios):.3f} (of {min(ratios):.3f} to {max(ratios):.3f})"
    return Row(words, figure, goal, met)
