"""Texts of many lengths, made of a tokenizer's own words: each word of them is one token."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

__all__ = ["LINES", "MIXED", "SHORT", "Lengths", "draw_texts", "whole_words"]

SHORTEST_WORD = 3


class Lengths(Struct, frozen=True):
    """Log-normal, in words: the median, the deviation of the logarithm, and between what."""

    median: float
    deviation: float
    least: int
    most: int


MIXED = Lengths(median=32, deviation=0.85, least=3, most=248)
"""With the two tokens around them 5 to 250 tokens, 48 on average."""
SHORT = Lengths(median=4, deviation=0.3, least=2, most=8)
LINES = Lengths(median=14, deviation=0.3, least=6, most=40)
"""About a hundred characters."""


def draw_texts(seed: str, count: int, words: Sequence[str], lengths: Lengths) -> list[str]:
    """The same seed gives the same texts, so that everybody gets equal work."""
    draw = random.Random(seed)
    return [" ".join(draw.choices(words, k=_length(draw, lengths))) for _ in range(count)]


def _length(draw: random.Random, lengths: Lengths) -> int:
    drawn = draw.lognormvariate(math.log(lengths.median), lengths.deviation)
    return min(max(round(drawn), lengths.least), lengths.most)


def whole_words(checkpoint: Path) -> list[str]:
    """The words of a WordPiece tokenizer that are one token each."""
    pieces = json.loads((checkpoint / "tokenizer.json").read_bytes())["model"]["vocab"]
    return [one for one in pieces if one.isascii() and one.isalpha() and len(one) >= SHORTEST_WORD]
