from __future__ import annotations

from mlx_jupyter.kernel.bench import Summary
from mlx_jupyter.kernel.reports.bench import BenchReport


def test_a_measurement_says_what_was_measured() -> None:
    summaries = [Summary(1, 3, 10.04, 12.0, 0.0514, 20), Summary(4, 3, 31.0, None, None, 20)]
    said = str(BenchReport("a", 1.234, summaries)).splitlines()
    assert said[0] == "a was loaded in 1.23 s."
    assert said[1].startswith("Medians of 3 rounds; answers of at most 64 tokens")
    assert said[2] == "The model ended its answers early, after 20 tokens."
    assert said[5].split() == ["1", "10.0", "12.0", "51", "ms", "20"]
    assert said[6].split() == ["4", "31.0", "20"]
