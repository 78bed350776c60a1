"""What is looked for among texts, or among vectors that were made before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mlx_jupyter.errors import InvalidRequest, RequestFailed
from mlx_jupyter.kernel.call import Call, fetched
from mlx_jupyter.kernel.embedding.blame import in_users_rows
from mlx_jupyter.kernel.embedding.column import Column, column_of, labels_of, one_text
from mlx_jupyter.kernel.embedding.matches import Match, Matches
from mlx_jupyter.kernel.embedding.request import given
from mlx_jupyter.kernel.embedding.similarity import nearest, vectors_in
from mlx_jupyter.wire.rerank import RerankAnswer

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["Ranking", "Search"]


class Search:
    """The `k` of `texts`, or vectors, that are nearest to `query`. `query` is to be embedded, and
    `column`, unless there are vectors: then it is None. Raises InvalidRequest."""

    def __init__(self, query: str, texts: Any, k: int) -> None:
        if not isinstance(query, str):
            raise InvalidRequest("The query is not one text.", param="query")
        if k < 1:
            raise InvalidRequest(f"k is {k}: ask for 1 or more.", param="k")
        self._made = vectors_in(texts)
        self._texts = texts
        self._k = k
        self.column = column_of(texts) if self._made is None else None
        self.query = one_text(query, "query")

    def matches(self, wanted: NDArray[float32], made: NDArray[float32] | None) -> Matches:
        """By the query's vector, and those of the column if there is one."""
        vectors = self._made if made is None else made
        assert vectors is not None
        found = nearest(vectors, wanted, self._k)
        return _matches(found, self.column, labels_of(self._texts))


class Ranking:
    """All `documents`, or the `top_n` best, by how well they fit `query`. Raises InvalidRequest."""

    def __init__(
        self, query: str, documents: Any, top_n: int | None, options: dict[str, Any]
    ) -> None:
        if top_n is not None and top_n < 1:
            raise InvalidRequest(f"top_n is {top_n}: ask for 1 or more.", param="top_n")
        self._documents = documents
        self._column = column_of(documents)
        body = {"query": query, "documents": self._column.rows, "top_n": top_n, **options}
        self.call = Call("POST", "v1/rerank", body=given(body), read=fetched(RerankAnswer))

    def matches(self, answer: RerankAnswer) -> Matches:
        found = [(ranked.index, ranked.relevance_score) for ranked in answer.results]
        return _matches(found, self._column, labels_of(self._documents))

    def blamed(self, error: RequestFailed) -> RequestFailed:
        """What the server says, said of the user's rows."""
        return in_users_rows(error, self._column.names, range(len(self._column)))


def _matches(
    found: Sequence[tuple[int, float]], column: Column | None, labels: Sequence[object] | None
) -> Matches:
    return Matches(
        Match(
            index=row,
            score=score,
            text=text if column and isinstance(text := column.rows[row], str) else None,
            label=labels[row] if labels else None,
        )
        for row, score in found
    )
