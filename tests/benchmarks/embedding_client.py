"""The HTTP client of the embedding benchmark. Bodies are made before any clock starts, and answers
are read out after it has stopped."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from time import perf_counter as clock

import httpx
import msgspec
from msgspec import Struct

from mlx_jupyter.wire.embeddings import EmbeddingList
from mlx_jupyter.wire.record import ServerRecord
from tests.benchmarks.embedding_ask import Made
from tests.benchmarks.residency import streamed_rate

__all__ = ["Drained", "EmbeddingClient", "body_of"]

EMBEDDINGS = "/v1/embeddings"
SECONDS = 1200


class Drained(Struct, frozen=True):
    """An answer that was read to its end and not kept; `first_seconds` is until it began."""

    seconds: float
    first_seconds: float
    answer_bytes: int


def body_of(model: str, texts: Sequence[str], encoding: str = "base64") -> bytes:
    return msgspec.json.encode({"model": model, "input": texts, "encoding_format": encoding})


class EmbeddingClient:
    """May be used by several threads."""

    def __init__(self, record: ServerRecord) -> None:
        headers = {
            "Authorization": f"Bearer {record.api_key}",
            "Content-Type": "application/json",
        }
        base_url = record.base_url.removesuffix("/v1")
        self._http = httpx.Client(
            base_url=base_url, headers=headers, timeout=SECONDS, trust_env=False
        )

    def make(self, body: bytes) -> Made:
        """Raises what httpx has to say of a status that is not 200."""
        start = clock()
        response = self._http.post(EMBEDDINGS, content=body)
        seconds = clock() - start
        response.raise_for_status()
        answer = msgspec.json.decode(response.content, type=EmbeddingList)
        vectors = b"".join(base64.b64decode(str(one.embedding)) for one in answer.data)
        return Made(seconds, 0.0, answer.usage.prompt_tokens, vectors)

    def drain(self, body: bytes) -> Drained:
        answer_bytes, first, start = 0, 0.0, clock()
        with self._http.stream("POST", EMBEDDINGS, content=body) as response:
            response.raise_for_status()
            for piece in response.iter_raw():
                first = first or clock() - start
                answer_bytes += len(piece)
        return Drained(clock() - start, first, answer_bytes)

    def chat_rate(self, model: str, until: Callable[[], bool]) -> float:
        """Tokens per second of one stream after another."""
        return streamed_rate(self._http, model, until)
