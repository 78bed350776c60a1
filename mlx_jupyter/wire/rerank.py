"""`POST v1/rerank`: request and answer, in the shape that Cohere and Jina share."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from mlx_jupyter.wire.embeddings import EmbeddingUsage
from mlx_jupyter.wire.numbers import Positive

__all__ = ["Document", "Ranked", "RerankAnswer", "RerankRequest"]


class Document(Struct, kw_only=True, forbid_unknown_fields=True):
    text: str


class RerankRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """Of all documents, or the `top_n` that fit best."""

    query: Annotated[str, Meta(min_length=1)]
    documents: Annotated[list[str | Document], Meta(min_length=1)]
    model: str | None = None
    top_n: Positive | None = None
    return_documents: bool | None = None
    truncate: bool | None = None
    user: str | None = None
    keep_alive: str | float | None = None


class Ranked(Struct):
    """`index` is the document's place in the request."""

    index: int
    relevance_score: float
    document: Document | UnsetType = UNSET


class RerankAnswer(Struct):
    """`results` has the best first."""

    id: str
    model: str
    results: list[Ranked]
    usage: EmbeddingUsage
    object: Literal["list"] = "list"
