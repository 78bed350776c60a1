"""One request to the server as data: what is sent, and how its answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import httpx
import msgspec

from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import decode

__all__ = ["Call", "Request", "fetched"]

T = TypeVar("T")


@dataclass(frozen=True)
class Request:
    """`route` is the part of the address after `/mlx/`, with what must be escaped escaped; `body`
    is sent as JSON."""

    method: str
    route: str
    params: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None

    def built(self, http: httpx.Client | httpx.AsyncClient, endpoint: Endpoint) -> httpx.Request:
        has_body = self.body is not None
        return http.build_request(
            self.method,
            f"{endpoint.base_url.removesuffix('/v1')}/{self.route}",
            params=dict(self.params),
            content=msgspec.json.encode(self.body) if has_body else None,
            headers={"Content-Type": "application/json"} if has_body else None,
        )


@dataclass(frozen=True)
class Call(Request, Generic[T]):
    """`read` makes a `T` of the response, once its body is there, and raises `RequestFailed` with
    what the server says."""

    read: Callable[[httpx.Response], T] = field(kw_only=True)


def fetched(kind: type[T]) -> Callable[[httpx.Response], T]:
    """Reads a body as a `kind`."""
    return lambda response: decode(response, kind)
