"""`POST v1/completions`, the older text dialect."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mlx_jupyter.wire.generation import GenerationRequest, Usage
from mlx_jupyter.wire.numbers import TokenId

__all__ = ["NOT_YET", "Completion", "CompletionChoice", "CompletionLogprobs", "CompletionRequest"]


class CompletionRequest(GenerationRequest, kw_only=True, forbid_unknown_fields=True):
    """`prompt` is one text, several, one list of token ids, or several of them. With a `suffix` the
    answer is what stands between each and that text, by models that can fill in the middle."""

    prompt: str | list[str | TokenId | list[TokenId]]
    logprobs: Annotated[int, Meta(ge=0, le=20)] | None = None
    echo: bool | None = None
    suffix: str | None = None
    best_of: object = None


NOT_YET: dict[str, tuple[object, ...]] = {"best_of": (None, 1)}
"""Fields that are not honoured, with the values that ask for nothing and are therefore accepted."""


class CompletionLogprobs(Struct):
    tokens: list[str]
    token_logprobs: list[float]
    top_logprobs: list[dict[str, float]] | None
    text_offset: list[int]


class CompletionChoice(Struct):
    index: int
    text: str
    finish_reason: str | None = None
    logprobs: CompletionLogprobs | None = None


class Completion(Struct):
    """A whole answer, or one chunk of a stream: the shape is the same."""

    id: str
    created: int
    model: str
    choices: list[CompletionChoice]
    usage: Usage | UnsetType | None = UNSET
    object: Literal["text_completion"] = "text_completion"
    system_fingerprint: str | None = None
