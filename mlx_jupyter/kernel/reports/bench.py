"""`%mlx bench`."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.bench import MAX_TOKENS, Summary
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table

__all__ = ["BenchReport"]


@dataclass(repr=False, eq=False)
class BenchReport(Report):
    """`load_seconds` is None for a model that was loaded already."""

    model: str
    load_seconds: float | None
    summaries: list[Summary]

    def sentences(self) -> list[str]:
        loaded = "was loaded already"
        if self.load_seconds is not None:
            loaded = f"was loaded in {self.load_seconds:.2f} s"
        times = self.summaries[0].rounds if self.summaries else 0
        how = "1 round" if times == 1 else f"Medians of {times} rounds"
        said = [
            f"{self.model} {loaded}.",
            f"{how}; answers of at most {MAX_TOKENS} tokens, timed here: HTTP and whatever else"
            " the machine did are in them.",
        ]
        tokens = min((summary.tokens for summary in self.summaries), default=MAX_TOKENS)
        if tokens < MAX_TOKENS / 2:
            said.append(f"The model ended its answers early, after {tokens:.0f} tokens.")
        return said

    def table(self) -> Table:
        columns = ("Streams", "Tokens/s together", "Tokens/s each", "First token", "Tokens each")
        return Table(columns, [_row(one) for one in self.summaries], frozenset(columns))


def _row(one: Summary) -> tuple[str, ...]:
    each, wait = one.tokens_per_second_each, one.seconds_to_first_token
    return (
        str(one.streams),
        f"{one.tokens_per_second:.1f}",
        "" if each is None else f"{each:.1f}",
        "" if wait is None else f"{wait * 1000:.0f} ms",
        f"{one.tokens:.0f}",
    )
