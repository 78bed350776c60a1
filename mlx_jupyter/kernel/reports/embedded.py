"""What `%embed` has made, in a line."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.embedding.embedded import Embedded
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.units import duration

__all__ = ["EmbeddedReport"]

_WORTH_TELLING_SECONDS = 0.05


@dataclass(repr=False, eq=False)
class EmbeddedReport(Report):
    """`places` are what the vectors were put into: a variable, a column."""

    embedded: Embedded
    places: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        embedded = self.embedded
        count, dimensions = embedded.vectors.shape
        texts = "1 text" if count == 1 else f"{count:,} texts"
        place = f" in {' and '.join(self.places)}" if self.places else ""
        facts = [f"{texts} → float32 ({count}, {dimensions}){place}", embedded.model]
        if embedded.cached:
            cached = "all" if embedded.cached == count else f"{embedded.cached:,}"
            facts.append(f"{cached} from the cache")
        if embedded.seconds >= _WORTH_TELLING_SECONDS:
            facts.append(duration(embedded.seconds))
        said = [" · ".join(facts)]
        if embedded.evicted:
            said.append(f"Evicted to make room: {', '.join(embedded.evicted)}.")
        return said
