"""One slice: what is asked for, and what the server answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from msgspec import Struct

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.embedding.row import Row
from mlx_jupyter.kernel.transport import decode
from mlx_jupyter.wire.embeddings import EmbeddingUsage
from mlx_jupyter.wire.evicted import EVICTED_HEADER, evicted_ids

__all__ = ["SliceAnswer", "slice_call"]


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


def slice_call(rows: Sequence[Row], options: dict[str, Any]) -> Call[SliceAnswer]:
    body = options | {"input": rows, "encoding_format": "base64"}
    return Call(
        "POST", "v1/embeddings", body=body, read=lambda response: _answer(response, len(rows))
    )


def _answer(response: httpx.Response, count: int) -> SliceAnswer:
    body = decode(response, _Body)
    if len(body.data) != count:
        raise RequestFailed(
            f"The server answered {count} texts with {len(body.data)} vectors.", status=502
        )
    return SliceAnswer(
        vectors=[row.embedding for row in sorted(body.data, key=lambda row: row.index)],
        model=body.model,
        revision=response.headers.get("x-mlx-revision"),
        evicted=tuple(evicted_ids(response.headers.get(EVICTED_HEADER))),
        tokens=body.usage.total_tokens,
    )
