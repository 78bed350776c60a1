"""One question about one picture, and when its answer began."""

from __future__ import annotations

from msgspec import Struct

__all__ = ["Look", "Seen"]


class Look(Struct, frozen=True):
    """`file` is the path of an image file."""

    file: str
    question: str
    max_tokens: int


class Seen(Struct, frozen=True):
    """`prepared_seconds` is until the picture was decoded and the processor done, 0 where that
    cannot be seen; `details` are those of the prompt's usage, of ours only."""

    first_seconds: float
    prepared_seconds: float
    prompt_tokens: int
    text: str
    details: dict[str, int] = {}
