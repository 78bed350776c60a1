"""The verbs of the pool that make vectors of texts, and those that compare texts by them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing
from typing import TYPE_CHECKING, Any

from mlx_jupyter.errors import MLXJupyterError, RequestFailed
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.kernel.embedding.matches import Matches
from mlx_jupyter.kernel.embedding.request import run_of
from mlx_jupyter.kernel.embedding.run import Events, Loading, Run, advanced
from mlx_jupyter.kernel.embedding.search import Ranking, Search
from mlx_jupyter.kernel.residency import Residency
from mlx_jupyter.wire.pool import Loaded, PoolEvent

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
        options |= {"truncate": truncate, "normalize": normalize}
        return self._events_of(run_of(texts, options, cache=cache))

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
        search = Search(query, texts, k)
        wanted = self.embed(search.query, input_type="query", **options)[0]
        options |= {"input_type": "document", "progress": progress}
        made = None if search.column is None else self.embed(search.column, **options)
        return search.matches(wanted, made)

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
        options = {"model": model, "truncate": truncate or None, **more}
        ranking = Ranking(query, documents, top_n, options)
        try:
            return ranking.matches(self._do(ranking.call))
        except RequestFailed as error:
            raise ranking.blamed(error) from None

    def _events_of(self, run: Run) -> Events:
        steps, outcome = run.steps(), None
        while (step := advanced(steps, outcome)) is not None:
            outcome = None
            if isinstance(step, Call):
                outcome = self._attempt(step)
            elif isinstance(step, Loading):
                outcome = yield from self._loading(step.model)
            else:
                yield step

    def _attempt(self, call: Call[Any]) -> Any:
        try:
            return self._do(call)
        except MLXJupyterError as error:
            return error

    def _loading(self, model: str) -> Generator[PoolEvent, None, Loaded]:
        for event in self.load_events(model, pin=False):
            if isinstance(event, Loaded):
                return event
            yield event
        raise AssertionError("load_events ends with Loaded or an error")
