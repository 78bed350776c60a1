"""The verbs for vectors of texts, for asyncio.

What costs time here is done in threads (a column is looked through, vectors are found and kept on
disk, unpacked and compared), and what is waited for, on the event loop: cancelling closes the
connection at once, and what came before is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from mlx_jupyter.errors import MLXJupyterError, RequestFailed
from mlx_jupyter.kernel.asynchronous.residency import AsyncResidency
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.kernel.embedding.matches import Matches
from mlx_jupyter.kernel.embedding.request import run_of
from mlx_jupyter.kernel.embedding.run import Loading, advanced
from mlx_jupyter.kernel.embedding.search import Ranking, Search
from mlx_jupyter.kernel.transport import T, translated
from mlx_jupyter.wire.pool import Loaded, PoolEvent

if TYPE_CHECKING:
    from numpy import float32
    from numpy.typing import NDArray

__all__ = ["AsyncEmbeddings"]

Progress = Callable[[int, int], None]


class AsyncEmbeddings(AsyncResidency):
    """Columns of texts are those of `Embeddings`."""

    async def embed(
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
        """An array (n, d) with a vector for each of `texts`: `await pool.embed(["a", "b"])`.

        The arguments, and what is kept on disk, are as of `Pool.embed`.
        """
        options = {"model": model, "dimensions": dimensions, "input_type": input_type, **more}
        options |= {"truncate": truncate, "normalize": normalize, "cache": cache}
        async with aclosing(self.embed_events(texts, **options)) as events:
            async for event in events:
                if isinstance(event, Embedded):
                    return event.vectors
                if progress and isinstance(event, EmbedProgress):
                    progress(event.done, event.total)
        raise AssertionError("embed_events ends with Embedded or an error")

    async def embed_events(
        self,
        texts: Any,
        *,
        truncate: bool = False,
        normalize: bool = True,
        cache: bool = True,
        **options: Any,
    ) -> AsyncGenerator[PoolEvent | EmbedProgress | Embedded]:
        """As `embed`: what happens meanwhile, and at last `Embedded`.

        async for event in pool.embed_events(texts):
            if isinstance(event, EmbedProgress):
                print(event.done, "of", event.total)
        """
        options |= {"truncate": truncate, "normalize": normalize}
        run = await asyncio.to_thread(run_of, texts, options, cache=cache)
        steps, outcome = run.steps(), None
        while (step := await asyncio.to_thread(advanced, steps, outcome)) is not None:
            outcome = None
            if isinstance(step, Call):
                outcome = await self._attempt(step)
            elif not isinstance(step, Loading):
                yield step
            else:
                async with aclosing(self.load_events(step.model, pin=False)) as events:
                    async for event in events:
                        if isinstance(event, Loaded):
                            outcome = event
                        else:
                            yield event

    async def similar(
        self,
        query: str,
        texts: Any,
        k: int = 5,
        *,
        progress: Progress | None = None,
        **options: Any,
    ) -> Matches:
        """The `k` of `texts` that are nearest to `query`: `await pool.similar("a pet", names, 3)`.

        `texts` may be vectors made before; see `Pool.similar`.
        """
        search = await asyncio.to_thread(Search, query, texts, k)
        wanted = (await self.embed(search.query, input_type="query", **options))[0]
        options |= {"input_type": "document", "progress": progress}
        made = None if search.column is None else await self.embed(search.column, **options)
        return await asyncio.to_thread(search.matches, wanted, made)

    async def rerank(
        self,
        query: str,
        documents: Any,
        top_n: int | None = None,
        *,
        model: str | None = None,
        truncate: bool = False,
        **more: Any,
    ) -> Matches:
        """`documents` by how well they fit `query`: `await pool.rerank("a pet", names, 3)`.

        See `Pool.rerank`.
        """
        options = {"model": model, "truncate": truncate or None, **more}
        ranking = await asyncio.to_thread(Ranking, query, documents, top_n, options)
        try:
            return ranking.matches(await self._done_aside(ranking.call))
        except RequestFailed as error:
            raise ranking.blamed(error) from None

    async def _attempt(self, call: Call[Any]) -> Any:
        try:
            return await self._done_aside(call)
        except MLXJupyterError as error:
            return error

    async def _done_aside(self, call: Call[T]) -> T:
        """As `_do`, with the answer read in a thread: many vectors take their time."""
        with translated(self.endpoint):
            response = await self._http.send(call.built(self._http, self.endpoint))
            return await asyncio.to_thread(call.read, response)
