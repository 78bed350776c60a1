"""What chat and completions ask with alike, and what they are told in the end."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from mlx_jupyter.wire.numbers import (
    Bias,
    Choices,
    NonNegative,
    Penalty,
    Positive,
    Probability,
    Temperature,
    TokenId,
)

__all__ = ["GenerationRequest", "StreamOptions", "Usage"]


class StreamOptions(Struct, forbid_unknown_fields=True):
    include_usage: bool = False


class GenerationRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """OpenAI's fields, and those that local servers share: top_k, min_p, repetition_penalty.

    `user` is taken and not needed. `keep_alive` is how long the model stays after this request:
    "30m", seconds, 0 for at once, -1 for ever.
    """

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    temperature: Temperature | None = None
    top_p: Probability | None = None
    top_k: NonNegative | None = None
    min_p: Probability | None = None
    seed: int | None = None
    stop: str | list[str] | None = None
    max_tokens: Positive | None = None
    n: Choices | None = None
    logit_bias: dict[TokenId, Bias] | None = None
    frequency_penalty: Penalty | None = None
    presence_penalty: Penalty | None = None
    repetition_penalty: Annotated[float, Meta(gt=0)] | None = None
    user: str | None = None
    keep_alive: str | float | None = None


class Usage(Struct):
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
