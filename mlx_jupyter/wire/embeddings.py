"""`POST v1/embeddings`: request and answer, in OpenAI's shapes.

Ours beside OpenAI's: `input_type` names the prompt that goes before each text, `truncate` cuts what
is too long, `normalize` False leaves the vectors' lengths as the checkpoint makes them.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Raw, Struct

from mlx_jupyter.wire.numbers import Positive

__all__ = ["Embedding", "EmbeddingList", "EmbeddingRequest", "EmbeddingUsage"]


class EmbeddingRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """`input` is one text, several, one list of token ids, or several; it is not looked into here:
    it may be large."""

    input: Raw
    model: str | None = None
    encoding_format: Literal["float", "base64"] | None = None
    dimensions: Positive | None = None
    truncate: bool | None = None
    input_type: str | None = None
    normalize: bool | None = None
    user: str | None = None
    keep_alive: str | float | None = None


class EmbeddingUsage(Struct):
    """Tokens that the model has read; padding is none."""

    prompt_tokens: int
    total_tokens: int


class Embedding(Struct):
    """`embedding` is a list of numbers, or base64 of little-endian float32."""

    index: int
    embedding: list[float] | str
    object: Literal["embedding"] = "embedding"


class EmbeddingList(Struct):
    data: list[Embedding]
    model: str
    usage: EmbeddingUsage
    object: Literal["list"] = "list"
