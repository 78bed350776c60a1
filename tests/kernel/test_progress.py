from __future__ import annotations

import pytest

from mlx_jupyter.kernel.progress import bar, embed_words, load_words, words
from mlx_jupyter.wire.pool import LoadProgress
from mlx_jupyter.wire.sse import Progress

HALF = Progress("download", "a/b", 4.0, done_bytes=10**9, total_bytes=2 * 10**9, eta_seconds=4.0)
BLOCKS = "██████████░░░░░░░░░░"


@pytest.mark.parametrize(
    ("share", "filled"), [(0.0, 0), (0.001, 1), (0.5, 10), (0.999, 19), (1.0, 20), (1.7, 20)]
)
def test_a_bar_is_full_only_at_the_end_and_empty_only_at_the_start(
    share: float, filled: int
) -> None:
    assert bar(share) == "█" * filled + "░" * (20 - filled)


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        (Progress("queued", "demo/chat", 2.0), "waiting for room for demo/chat, 2 s"),
        (
            Progress("queued", "demo/chat", 2.0, wait_for=["a", "b"]),
            "waiting for room for demo/chat (a, b in use), 2 s",
        ),
        (Progress("loading", "demo/chat", 3.2), "loading demo/chat, 3 s"),
        (HALF, f"downloading a/b {BLOCKS} 50 %, 1.00 GB of 2.00 GB, 4.0 s left"),
        (Progress("prefill", None, 4.0, 512, 2048), "reading the prompt: 512 of 2048 tokens"),
        (Progress("thinking"), "thinking"),
        (None, "…"),
    ],
)
def test_what_a_request_waits_for_is_told_in_words(report: Progress | None, expected: str) -> None:
    assert words(report) == expected


def test_a_load_is_told_in_words() -> None:
    progress = LoadProgress(
        stage="load", done_bytes=10**6, total_bytes=2 * 10**6, elapsed_seconds=1.0, eta_seconds=0.0
    )
    assert load_words("a", progress) == f"loading a {BLOCKS} 50 %, 1.00 MB of 2.00 MB"


def test_a_download_of_unknown_size_has_no_bar() -> None:
    progress = LoadProgress(stage="download", done_bytes=5000, total_bytes=0, elapsed_seconds=1.0)
    assert load_words("a", progress) == "downloading a 5.00 kB"


def test_embedding_counts_texts() -> None:
    assert embed_words(10, 20, 3.4) == f"embedding {BLOCKS} 10 of 20 texts, 3.4 s left"
    assert embed_words(1000, 2000, None) == f"embedding {BLOCKS} 1,000 of 2,000 texts"
    assert embed_words(10, 20, 0.2).endswith("10 of 20 texts")
