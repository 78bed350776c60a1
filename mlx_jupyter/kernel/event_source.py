"""A stream of events that is no answer of a model: of a load, or of the pool."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx
import msgspec

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import failure, raise_for_status, translated, unbroken
from mlx_jupyter.wire.errors import ErrorBody
from mlx_jupyter.wire.pool import Loaded, PoolEvent
from mlx_jupyter.wire.sse import Feed, Progress

__all__ = ["EventSource", "decoded", "load_event", "pool_event"]

E = TypeVar("E")
T = TypeVar("T")


class EventSource(Iterator[E], Generic[E]):
    """Sends `request` when it is made; `close`, or the end of a `with`, closes the connection.

    Raises `RequestFailed` with what the server says, or when the connection breaks in the middle;
    `ServerNotFound` when nothing answers.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        http: httpx.Client,
        request: httpx.Request,
        decode: Callable[[str], E],
    ) -> None:
        with translated(endpoint):
            self._response = http.send(request, stream=True)
            try:
                raise_for_status(self._response)
            except BaseException:
                self._response.close()
                raise
        self._events = self._read(endpoint, decode)

    def __next__(self) -> E:
        return next(self._events)

    def close(self) -> None:
        self._events.close()
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _read(self, endpoint: Endpoint, decode: Callable[[str], E]) -> Generator[E]:
        feed = Feed()
        try:
            with unbroken(endpoint):
                for part in self._response.iter_bytes():
                    yield from decoded(feed.events(part), decode)
                    if feed.ended:
                        return
        finally:
            self._response.close()


def decoded(events: Iterable[str | Progress], decode: Callable[[str], E]) -> Iterator[E]:
    """The payloads among `events`."""
    return (decode(event) for event in events if isinstance(event, str))


class _Glance(msgspec.Struct):
    """As much of an event as tells which one it is."""

    type: str | None = None
    error: ErrorBody | None = None


def load_event(payload: str) -> PoolEvent | Loaded:
    """Raises `RequestFailed` for an event that is an error, and for what is no event."""
    glance = _decode(payload, _Glance)
    if glance.error is not None:
        raise failure(glance.error)
    return _decode(payload, Loaded) if glance.type is None else pool_event(payload)


def pool_event(payload: str) -> PoolEvent:
    """Raises `RequestFailed` for what is no event."""
    return _decode(payload, PoolEvent)


def _decode(payload: str, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(payload, type=kind)
    except msgspec.MsgspecError as error:
        raise RequestFailed(f"An event was not understood: {error}.", status=502) from error
