"""One slice: what is asked for, and what the server answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from msgspec import Struct

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.embedding.row import Row
from mlx_jupyter.kernel.transport import decode
from mlx_jupyter.wire.embeddings import EmbeddingUsage
from mlx_jupyter.wire.evicted import EVICTED_HEADER, evicted_ids

__all__ = ["Send", "SliceAnswer", "asked"]

Send = Callable[[str, dict[str, Any]], httpx.Response]
"""Posts a body to a route below `/v1`."""


class _Row(Struct):
    """`embedding` comes as base64, which msgspec decodes."""

    index: int
    embedding: bytes


class _Body(Struct):
    data: list[_Row]
    model: str
    usage: EmbeddingUsage


@dataclass(frozen=True)
class SliceAnswer:
    """`vectors` in the order of the rows that were sent, as little-endian float32. `revision` None
    is one that the server does not tell."""

    vectors: list[bytes]
    model: str
    revision: str | None
    evicted: tuple[str, ...]
    tokens: int


def asked(send: Send, rows: Sequence[Row], options: dict[str, Any]) -> SliceAnswer:
    """Raises RequestFailed with what the server says."""
    response = send("embeddings", options | {"input": rows, "encoding_format": "base64"})
    body = decode(response, _Body)
    if len(body.data) != len(rows):
        raise RequestFailed(
            f"The server answered {len(rows)} texts with {len(body.data)} vectors.", status=502
        )
    return SliceAnswer(
        vectors=[row.embedding for row in sorted(body.data, key=lambda row: row.index)],
        model=body.model,
        revision=response.headers.get("x-mlx-revision"),
        evicted=tuple(evicted_ids(response.headers.get(EVICTED_HEADER))),
        tokens=body.usage.total_tokens,
    )
