from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from mlx_jupyter.kernel.embedding.embedded import Embedded
from mlx_jupyter.kernel.reports.embedded import EmbeddedReport


def embedded(count: int = 1200, **changes: Any) -> Embedded:
    facts: dict[str, Any] = {"vectors": np.zeros((count, 384), np.float32), "model": "org/a"}
    facts |= {"cached": 0, "tokens": 9, "seconds": 3.14}
    return Embedded(**facts | changes)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (embedded(), "1,200 texts → float32 (1200, 384) · org/a · 3.1 s"),
        (embedded(1), "1 text → float32 (1, 384) · org/a · 3.1 s"),
        (
            embedded(cached=1190),
            "1,200 texts → float32 (1200, 384) · org/a · 1,190 from the cache · 3.1 s",
        ),
        (
            embedded(cached=1200, seconds=0.02),
            "1,200 texts → float32 (1200, 384) · org/a · all from the cache",
        ),
    ],
)
def test_what_was_made_is_told_in_a_line(made: Embedded, words: str) -> None:
    assert str(EmbeddedReport(made)) == words


def test_it_tells_where_the_vectors_are() -> None:
    said = str(EmbeddedReport(embedded(), ("v", "df.vec")))
    assert said.startswith("1,200 texts → float32 (1200, 384) in v and df.vec · org/a")


def test_it_tells_who_had_to_leave() -> None:
    said = EmbeddedReport(embedded(evicted=("a", "b"))).sentences()
    assert said[1:] == ["Evicted to make room: a, b."]
