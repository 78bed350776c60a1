"""The payloads of a stream of events that is no answer of a model: of a load, or of the pool."""

from __future__ import annotations

from collections.abc import Generator

import httpx
import msgspec

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.chunk import lines
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import failure, raise_for_status, translated
from mlx_jupyter.wire import sse
from mlx_jupyter.wire.errors import ErrorBody
from mlx_jupyter.wire.pool import Loaded, PoolEvent

__all__ = ["decode_event", "payloads"]


class _Glance(msgspec.Struct):
    """As much of an event as tells which one it is."""

    type: str | None = None
    error: ErrorBody | None = None


def payloads(endpoint: Endpoint, http: httpx.Client, request: httpx.Request) -> Generator[str]:
    """Sends `request` at the first step. Leaving the loop closes the connection.

    Raises `RequestFailed` with what the server says, or when the connection breaks in the middle;
    `ServerNotFound` when nothing answers.
    """
    with translated(endpoint):
        response = http.send(request, stream=True)
        try:
            raise_for_status(response)
        except BaseException:
            response.close()
            raise
    try:
        events = sse.read(lines(response.iter_bytes()))
        yield from (event for event in events if isinstance(event, str))
    except httpx.HTTPError as error:
        what = f"The connection to {endpoint.base_url} broke in mid-stream: {error}."
        raise RequestFailed(what, status=502) from None
    finally:
        response.close()


def decode_event(payload: str) -> PoolEvent | Loaded:
    """Raises `RequestFailed` for an event that is an error, and for what is no event."""
    try:
        glance = msgspec.json.decode(payload, type=_Glance)
        if glance.error is not None:
            raise failure(glance.error)
        if glance.type is None:
            return msgspec.json.decode(payload, type=Loaded)
        return msgspec.json.decode(payload, type=PoolEvent)
    except msgspec.MsgspecError as error:
        raise RequestFailed(f"An event was not understood: {error}.", status=502) from error
