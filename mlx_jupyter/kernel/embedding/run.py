"""One column on its way to vectors.

1. Equal rows are asked for once.
2. What the cache has is not asked for. A vector belongs to a revision of the model, to the options,
   and to the server's version: another may pool otherwise.
3. A model that is not loaded is loaded first, for a load tells how far it is.
4. The longest rows come first: what is too long is refused at once, and rows of one length are read
   together without padding. How many go together says `pace`.
5. The vectors of each slice are kept at once: a run that is stopped goes on where it was.
6. If an answer is of another revision than the run began with, the run begins again: no array holds
   vectors of two revisions.

A run sends nothing itself: it yields what is to be sent as a `Call`, and loads as a `Loading`, and
whoever steps it answers with `advanced`. So one run serves threads and asyncio.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mlx_jupyter.errors import MLXJupyterError, RequestFailed
from mlx_jupyter.kernel import calls
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.embedding.answer import SliceAnswer, slice_call
from mlx_jupyter.kernel.embedding.blame import in_users_rows
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.embedding.column import Column
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.kernel.embedding.gathering import Different, Gathering
from mlx_jupyter.kernel.embedding.pace import Pace
from mlx_jupyter.wire.models import Model
from mlx_jupyter.wire.pool import Loaded, PoolEvent

__all__ = ["Events", "Loading", "Run", "Steps", "advanced"]


@dataclass(frozen=True)
class Loading:
    """`model` is to be loaded without a pin, and the answer is the `Loaded`. What happens meanwhile
    is for the user."""

    model: str


Events = Generator[PoolEvent | EmbedProgress | Embedded]
Steps = Generator[Call[Any] | Loading | EmbedProgress | Embedded, Any, None]

_HELD = "5m"
"""How long the model stays after a slice that is not the last: with a `keep_alive` of 0 it would be
loaded for each of them. The last one leaves that to the user or the server again."""
_NO_PART = ("keep_alive", "user")
"""Fields that make no other vectors."""


class Run:
    """`options` are fields of the request."""

    def __init__(
        self,
        column: Column,
        options: dict[str, Any],
        cache: VectorCache,
    ) -> None:
        self._different = Different(column)
        self._options = options
        self._cache = cache
        self._pace = Pace()
        self._version = ""
        self._tokens = 0
        self._evicted: list[str] = []
        self._begin(None, None)

    def steps(self) -> Steps:
        """How far the run is, what it asks for, and at last `Embedded`."""
        began = time.perf_counter()
        health = yield calls.health(ping=False)
        self._version = health.version
        name = self._options.get("model") or health.defaults.get("embedding", "")
        model = (yield from self._look_up(name)) if name else None
        yield self._progress()
        if self._gathering.waiting and name and (model is None or _is_to_be_loaded(model)):
            yield from self._load(name)
        while self._gathering.waiting:
            yield from self._ask()
            yield self._progress()
        yield Embedded(
            vectors=self._gathering.vectors(),
            model=self._model or name,
            cached=self._gathering.cached,
            tokens=self._tokens,
            seconds=time.perf_counter() - began,
            evicted=tuple(dict.fromkeys(self._evicted)),
        )

    def _look_up(self, name: str) -> Generator[Call[Model], Model, Model | None]:
        """Begins with the model's revision. None for a model that is yet to be fetched from the
        hub, or that nobody knows."""
        try:
            model = yield calls.model(name)
        except RequestFailed as error:
            if error.http_status != HTTPStatus.NOT_FOUND:
                raise
            return None
        self._begin(model.id, model.revision)
        return model

    def _begin(self, model: str | None, revision: str | None) -> None:
        self._model, self._revision = model, revision
        own = {"model": model, "revision": revision, "version": self._version}
        made_by = self._options | own | dict.fromkeys(_NO_PART)
        self._gathering = Gathering(self._different, made_by if revision else None, self._cache)

    def _load(self, name: str) -> Generator[Loading | Call[Model], Any, None]:
        loaded: Loaded = yield Loading(name)
        self._evicted += loaded.unloaded_models
        if self._revision is None:
            yield from self._look_up(name)

    def _ask(self) -> Generator[Call[SliceAnswer], SliceAnswer, None]:
        waiting, weights = self._gathering.waiting, self._different.weights
        part = waiting[: self._pace.take([weights[at] for at in waiting])]
        began = time.perf_counter()
        answer = yield from self._answered(part, is_last=len(part) == len(waiting))
        self._pace.took(sum(weights[at] for at in part), time.perf_counter() - began)
        self._tokens += answer.tokens
        self._evicted += answer.evicted
        if (answer.model, answer.revision) == (self._model, self._revision):
            self._gathering.take(answer.vectors)
        else:
            self._begin(answer.model, answer.revision)

    def _answered(
        self, part: Sequence[int], *, is_last: bool
    ) -> Generator[Call[SliceAnswer], SliceAnswer, SliceAnswer]:
        options = self._options if is_last else self._options | {"keep_alive": _HELD}
        try:
            return (yield slice_call([self._different.rows[at] for at in part], options))
        except RequestFailed as error:
            first = self._different.first()
            sent = [first[at] for at in part]
            raise in_users_rows(error, self._different.names, sent) from None

    def _progress(self) -> EmbedProgress:
        gathering = self._gathering
        left = sum(self._different.weights[at] for at in gathering.waiting)
        total = len(self._different.sources)
        return EmbedProgress(gathering.done, total, gathering.kept, self._pace.seconds_for(left))


def advanced(
    steps: Steps, outcome: Any = None
) -> Call[Any] | Loading | EmbedProgress | Embedded | None:
    """The step after the one whose `outcome` this is: an answer, an error, or None where nothing
    was asked for. None at the end."""
    try:
        failed = isinstance(outcome, MLXJupyterError)
        return steps.throw(outcome) if failed else steps.send(outcome)
    except StopIteration:
        return None


def _is_to_be_loaded(model: Model) -> bool:
    """One of another kind is not: the server refuses it without a load."""
    return model.kind == "embedding" and model.state != "ready"
