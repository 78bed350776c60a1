"""The ranges OpenAI documents for request fields, as types: decoding validates them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

__all__ = [
    "Bias",
    "Choices",
    "NonNegative",
    "Penalty",
    "Positive",
    "Probability",
    "Temperature",
    "TokenId",
]

Temperature = Annotated[float, Meta(ge=0, le=2)]
Probability = Annotated[float, Meta(ge=0, le=1)]
Penalty = Annotated[float, Meta(ge=-2, le=2)]
Bias = Annotated[float, Meta(ge=-100, le=100)]
_LARGEST = 2**31 - 1
Positive = Annotated[int, Meta(ge=1, le=_LARGEST)]
NonNegative = Annotated[int, Meta(ge=0, le=_LARGEST)]
TokenId = Annotated[int, Meta(ge=0, le=_LARGEST)]
Choices = Annotated[int, Meta(ge=1, le=128)]
