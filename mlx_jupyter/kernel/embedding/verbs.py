"""The verbs of the pool that make vectors of texts, and those that compare texts by them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from mlx_jupyter.errors import InvalidRequest, RequestFailed, UnsupportedParameter
from mlx_jupyter.kernel.embedding.blame import in_users_rows
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.embedding.cache_place import cache_folder
from mlx_jupyter.kernel.embedding.column import Column, column_of, labels_of, one_text
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.kernel.embedding.matches import Match, Matches
from mlx_jupyter.kernel.embedding.run import Events, Run
from mlx_jupyter.kernel.embedding.similarity import nearest, vectors_in
from mlx_jupyter.kernel.residency import Residency
from mlx_jupyter.kernel.transport import decode, translated
from mlx_jupyter.wire.rerank import RerankAnswer

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["Embeddings"]

Progress = Callable[[int, int], None]


class Embeddings(Residency):
    """A column of texts is a list, a pandas Series, an array of strings, or another iterable; lists
    of token ids do for texts. What is no text is refused before anything is sent: InvalidRequest,
    which names the rows. Without a `model` the server takes its own for embeddings.
    """

    def embed(
        self,
        texts: Any,
        *,
        model: str | None = None,
        dimensions: int | None = None,
        input_type: str | None = None,
        truncate: bool = False,
        normalize: bool = True,
        cache: bool = True,
        progress: Progress | None = None,
        **more: Any,
    ) -> NDArray[float32]:
        """An array (n, d) with a vector for each of `texts`, in their order; (1, d) for one text.

        `dimensions` asks for the first ones only, of models made for that. `input_type` is what the
        texts are to be: "query", "document", or another prompt that the checkpoint has. A text that
        is too long for the model is an error unless `truncate` cuts it. Rows have length 1 unless
        `normalize` is False. `progress` is called with the texts that are done, and all. `more` is
        sent as it is (`keep_alive="5m"`).

        Vectors are kept on disk, by a hash of the text: what was asked before is not asked again,
        until the model's files change. `cache=False` neither looks there nor keeps.
        """
        options = {"model": model, "dimensions": dimensions, "input_type": input_type, **more}
        options |= {"truncate": truncate, "normalize": normalize, "cache": cache}
        with closing(self.embed_events(texts, **options)) as events:
            for event in events:
                if isinstance(event, Embedded):
                    return event.vectors
                if progress and isinstance(event, EmbedProgress):
                    progress(event.done, event.total)
        raise AssertionError("embed_events ends with Embedded or an error")

    def embed_events(
        self,
        texts: Any,
        *,
        truncate: bool = False,
        normalize: bool = True,
        cache: bool = True,
        **options: Any,
    ) -> Events:
        """As `embed`, which begins with the first step: what happens meanwhile, and at last
        `Embedded`. Leaving the loop earlier ends it, on the server too; what is done is kept."""
        if "encoding_format" in options:
            message = "The vectors come as an array: there is no encoding_format to choose."
            raise UnsupportedParameter(message, param="encoding_format")
        options |= {"truncate": truncate or None, "normalize": None if normalize else False}
        kept = VectorCache(cache_folder() if cache else None)
        return Run(self, self._send, column_of(texts), _given(options), kept).events()

    def similar(
        self,
        query: str,
        texts: Any,
        k: int = 5,
        *,
        progress: Progress | None = None,
        **options: Any,
    ) -> Matches:
        """The `k` of `texts` that are nearest to `query`, the best first, with their cosines.

        `texts` is a column of texts, or vectors made before: an array (n, d), or a column of them.
        `options` are those of `embed`; the query is embedded as a "query", texts as "document"s.
        """
        if not isinstance(query, str):
            raise InvalidRequest("The query is not one text.", param="query")
        if k < 1:
            raise InvalidRequest(f"k is {k}: ask for 1 or more.", param="k")
        made = vectors_in(texts)
        column = column_of(texts) if made is None else None
        wanted = self.embed(one_text(query, "query"), input_type="query", **options)[0]
        if made is None:
            made = self.embed(column, input_type="document", progress=progress, **options)
        found = nearest(made, wanted, k)
        return _matches(found, column, labels_of(texts))

    def rerank(
        self,
        query: str,
        documents: Any,
        top_n: int | None = None,
        *,
        model: str | None = None,
        truncate: bool = False,
        **more: Any,
    ) -> Matches:
        """`documents`, a column of texts, by how well they fit `query`: all, or the `top_n` best.

        A cross-encoder reads the query with each text and gives scores of its own; of an embedding
        model the score is the cosine. `more` is sent as it is.
        """
        if top_n is not None and top_n < 1:
            raise InvalidRequest(f"top_n is {top_n}: ask for 1 or more.", param="top_n")
        column = column_of(documents)
        body = {"query": query, "documents": column.rows, "top_n": top_n, "model": model}
        body |= {"truncate": truncate or None, **more}
        try:
            answer = decode(self._send("rerank", _given(body)), RerankAnswer)
        except RequestFailed as error:
            raise in_users_rows(error, column.names, range(len(column))) from None
        found = [(ranked.index, ranked.relevance_score) for ranked in answer.results]
        return _matches(found, column, labels_of(documents))

    def _send(self, route: str, body: dict[str, Any]) -> httpx.Response:
        with translated(self.endpoint):
            return self._http.post(
                f"{self.endpoint.base_url}/{route}",
                content=msgspec.json.encode(body),
                headers={"Content-Type": "application/json"},
            )


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


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
