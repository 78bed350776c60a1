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

__all__ = [
    "DEFAULT_MAX_TOKENS",
    "OPEN_ANSWER_TOKENS",
    "CompletionTokensDetails",
    "GenerationRequest",
    "PromptTokensDetails",
    "StreamOptions",
    "Usage",
]

DEFAULT_MAX_TOKENS = 4096
"""The longest answer to a chat request that gives no bound."""
OPEN_ANSWER_TOKENS = 256
"""What such an answer is counted as when its request is admitted."""


class StreamOptions(Struct, forbid_unknown_fields=True):
    include_usage: bool = False


class GenerationRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """OpenAI's fields, and those that local servers share: top_k, min_p, repetition_penalty.

    `user` is taken and not needed. `keep_alive` is how long the model stays after this request:
    "30m", seconds, 0 for at once, -1 for ever. `draft_model` is the smaller model that is to write
    ahead: whoever asks first for a model has it loaded with one. With `only_loaded` nothing is
    loaded and nothing evicted for it: it is answered by a model that is there and has room for it,
    or with a 409.
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
    draft_model: str | None = None
    only_loaded: bool | None = None


class PromptTokensDetails(Struct):
    """`image_tokens` of the prompt's stand for pictures; of these `cached_image_tokens` for ones
    that the model had encoded before. `cached_tokens` were not read again at all."""

    cached_tokens: int = 0
    image_tokens: int = 0
    cached_image_tokens: int = 0


class CompletionTokensDetails(Struct):
    """`reasoning_tokens` are what a model thought before it answered. Of the tokens that a draft
    wrote ahead, so many are in the answer, and so many more were in vain."""

    reasoning_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0


class Usage(Struct, omit_defaults=True):
    """The prompt's details come with pictures, and of models that know prompts again; the
    completion's with reasoning, and where a draft wrote ahead."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    prompt_tokens_details: PromptTokensDetails | None = None
    completion_tokens_details: CompletionTokensDetails | None = None
