"""One request for vectors, and what came back."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Ask", "Made"]


class Ask(Struct, frozen=True):
    """Texts by length, in micro-batches of `budget_tokens`, padding included; with None all of them
    in one batch, as they come."""

    texts: list[str]
    budget_tokens: int | None


class Made(Struct, frozen=True):
    """`cpu_seconds` are all threads' of the process that computed, 0 where that is not known;
    `tokens` are without padding; `vectors` are little-endian float32, one after the other."""

    seconds: float
    cpu_seconds: float
    tokens: int
    vectors: bytes
