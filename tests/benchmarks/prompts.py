"""User messages that share nothing: each begins with a nonce, so no cache of a prefix helps."""

from __future__ import annotations

import random

__all__ = ["prompts"]

WORDS = (
    *("array", "batch", "cache", "cell", "column", "decode", "embed", "filter", "frame", "graph"),
    *("kernel", "label", "layer", "matrix", "memory", "model", "notebook", "number", "output"),
    *("panel", "plan", "pool", "prompt", "query", "reduce", "result", "sample", "score", "slot"),
    *("stream", "table", "tensor", "token", "vector", "widget", "window", "worker"),
)
MESSAGE_WORDS = 28


def prompts(seed: str, count: int, words: int = MESSAGE_WORDS) -> tuple[str, ...]:
    """`count` messages of so many words; the same seed gives the same messages, so every server
    gets equal work."""
    draw = random.Random(seed)
    return tuple(_prompt(draw, words) for _ in range(count))


def _prompt(draw: random.Random, words: int) -> str:
    nonce = f"{draw.randrange(1000, 10000)} {draw.randrange(1000, 10000)}"
    return " ".join([nonce, *draw.choices(WORDS, k=words)])
