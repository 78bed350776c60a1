"""HTTP to one endpoint: the clients, and what their failures mean to a user."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TypeVar

import httpx
import msgspec

from mlx_jupyter.errors import RequestFailed, ServerNotFound, error_of
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.wire.errors import ErrorBody, ErrorEnvelope
from mlx_jupyter.wire.pool import PlanReport

__all__ = [
    "araise_for_status",
    "async_http_client",
    "decode",
    "failure",
    "http_client",
    "raise_for_status",
    "translated",
    "unbroken",
]

T = TypeVar("T")

_CONNECT_SECONDS = 5.0


def http_client(endpoint: Endpoint, *, timeout_seconds: float | None = None) -> httpx.Client:
    """A client that carries the endpoint's key. Without a timeout it waits for as long as the
    server does (a model may take minutes to load), but not to connect.

    `trust_env=False`: a proxy that is set for the internet must not get what goes to this machine.
    """
    transport = httpx.HTTPTransport(verify=endpoint.verify(), uds=endpoint.uds, trust_env=False)
    return httpx.Client(
        transport=transport,
        headers=_headers(endpoint),
        timeout=httpx.Timeout(timeout_seconds, connect=timeout_seconds or _CONNECT_SECONDS),
        trust_env=False,
    )


def async_http_client(endpoint: Endpoint) -> httpx.AsyncClient:
    """As `http_client`, for asyncio."""
    verify = endpoint.verify()
    return httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(verify=verify, uds=endpoint.uds, trust_env=False),
        headers=_headers(endpoint),
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        trust_env=False,
    )


def _headers(endpoint: Endpoint) -> dict[str, str]:
    """The key, and which kernel asks: those that wait for room take turns."""
    key, kernel = endpoint.api_key, kernel_id()
    named = {"X-MLX-Client": kernel} if kernel else {}
    return named | ({"Authorization": f"Bearer {key}"} if key else {})


@contextmanager
def translated(endpoint: Endpoint) -> Iterator[None]:
    """Turns httpx's errors into ours, which say it all: no traceback of httpx's goes with them."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
        raise ServerNotFound(
            f"Nothing answers at {endpoint.base_url} ({error}). Is Jupyter running? After a restart"
            " call mlx_jupyter.connect() again."
        ) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        what = str(error) or type(error).__name__
        raise ServerNotFound(f"The connection to {endpoint.base_url} broke: {what}.") from None


@contextmanager
def unbroken(endpoint: Endpoint) -> Iterator[None]:
    """Turns what httpx raises while a stream is read into `RequestFailed`."""
    try:
        yield
    except httpx.HTTPError as error:
        what = str(error) or type(error).__name__
        message = f"The connection to {endpoint.base_url} broke in mid-stream: {what}."
        raise RequestFailed(message, status=502) from None


def raise_for_status(response: httpx.Response) -> None:
    """Raises what the server said, as `RequestFailed`, unless it said yes."""
    if response.is_success:
        return
    response.read()
    try:
        body = msgspec.json.decode(response.content, type=ErrorEnvelope).error
    except msgspec.MsgspecError:
        body = ErrorBody(_plain_message(response), "server_error")
    raise failure(body, response.status_code)


async def araise_for_status(response: httpx.Response) -> None:
    """As `raise_for_status`, for what asyncio reads."""
    if not response.is_success:
        await response.aread()
    raise_for_status(response)


def _plain_message(response: httpx.Response) -> str:
    said = f"{response.status_code} {response.reason_phrase}".strip()
    if response.status_code == HTTPStatus.NOT_FOUND:
        return f"{response.url} answered {said}: is mlx_jupyter enabled in that server?"
    return f"{response.url} answered {said}."


def failure(body: ErrorBody, status: int | None = None) -> RequestFailed:
    """The error in `body`; one from inside a stream has the status that its code stands for."""
    known = status or error_of(body.code or "", body.message).status
    failed = RequestFailed(body.message, status=known, code=body.code, param=body.param)
    failed.plan = _plan(body)
    return failed


def _plan(body: ErrorBody) -> PlanReport | None:
    """What a lack of memory is explained with; None where there is none that is understood."""
    try:
        return msgspec.convert(body.plan, PlanReport)
    except msgspec.ValidationError:
        return None


def decode(response: httpx.Response, kind: type[T]) -> T:
    """The body of a success."""
    raise_for_status(response)
    try:
        return msgspec.json.decode(response.content, type=kind)
    except msgspec.MsgspecError as error:
        raise RequestFailed(
            f"{response.url} did not answer as mlx_jupyter does: {error}.",
            status=response.status_code,
        ) from error
