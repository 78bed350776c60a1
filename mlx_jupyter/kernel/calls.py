"""The requests that generate nothing, one for each verb of the pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from mlx_jupyter.kernel.call import Call, Request, fetched
from mlx_jupyter.kernel.discovery import started_this_kernel
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.models import Model, ModelList
from mlx_jupyter.wire.pool import (
    AdminStatus,
    Cancelled,
    LoadRequest,
    Pinned,
    PlanReport,
    PoolStatus,
    SwitchResult,
    Unloaded,
)
from mlx_jupyter.wire.tokenize import DetokenizedText, TokenizedText

__all__ = [
    "admin_status",
    "cancel",
    "detokenize",
    "events",
    "evict",
    "health",
    "load",
    "model",
    "models",
    "owner",
    "pin",
    "plan",
    "status",
    "switch",
    "tokenize",
    "unpin",
]


def health(*, ping: bool) -> Call[Health]:
    return Call("GET", "health", {"ping": ping}, read=fetched(Health))


def models() -> Call[ModelList]:
    return Call("GET", "v1/models", read=fetched(ModelList))


def model(name: str) -> Call[Model]:
    return Call("GET", f"v1/models/{_path(name)}", read=fetched(Model))


def status() -> Call[PoolStatus]:
    return Call("GET", "v1/models/status", read=fetched(PoolStatus))


def admin_status() -> Call[AdminStatus]:
    return Call("GET", "admin/models/status", read=fetched(AdminStatus))


def plan(name: str, tokens: Mapping[str, int | None]) -> Call[PlanReport]:
    """`tokens` are those of a request; what is None is not asked for."""
    params = {"model": name} | {key: value for key, value in tokens.items() if value is not None}
    return Call("GET", "admin/models/plan", params, read=fetched(PlanReport))


def tokenize(
    prompt: str | Sequence[dict[str, Any]],
    model: str | None,
    *,
    strings: bool,
    more: dict[str, Any],
) -> Call[TokenizedText]:
    asked: dict[str, Any] = {"model": model, "return_token_strs": strings or None}
    asked |= {"prompt": prompt} if isinstance(prompt, str) else {"messages": list(prompt)}
    given = {name: value for name, value in (asked | more).items() if value is not None}
    return Call("POST", "v1/tokenize", body=given, read=fetched(TokenizedText))


def detokenize(tokens: Sequence[int], model: str | None) -> Call[DetokenizedText]:
    asked = {"tokens": [int(token) for token in tokens]} | ({"model": model} if model else {})
    return Call("POST", "v1/detokenize", body=asked, read=fetched(DetokenizedText))


def load(name: str, *, pin: bool, keep_alive: str | float | None, owner: dict[str, str]) -> Request:
    """Its answer is a stream of events."""
    body = LoadRequest(pin=pin, keep_alive=keep_alive, stream=True)
    return Request("POST", f"admin/models/load/{_path(name)}", owner if pin else {}, body)


def evict(name: str, *, force: bool) -> Call[Unloaded]:
    params = {"force": "true"} if force else {}
    return Call("POST", f"admin/models/unload/{_path(name)}", params, read=fetched(Unloaded))


def pin(name: str, owner: dict[str, str]) -> Call[Pinned]:
    return Call("POST", f"admin/models/pin/{_path(name)}", owner, read=fetched(Pinned))


def unpin(name: str, owner: dict[str, str]) -> Call[Pinned]:
    return Call("POST", f"admin/models/unpin/{_path(name)}", owner, read=fetched(Pinned))


def switch(name: str, policy: str | None) -> Call[SwitchResult]:
    params = {"target_model": name} | ({"policy": policy} if policy else {})
    return Call("POST", "v1/models/switch", params, read=fetched(SwitchResult))


def cancel(request_id: str) -> Call[Cancelled]:
    return Call(
        "POST", f"admin/requests/{quote(request_id, safe='')}/cancel", read=fetched(Cancelled)
    )


def events(last: int | None) -> Request:
    """Its answer is a stream of events."""
    return Request("GET", "admin/events", {} if last is None else {"limit": last})


def owner(endpoint: Endpoint, *, keep: bool) -> dict[str, str]:
    """Whose pin it is, as query parameters: this kernel's, or with none the user's."""
    kernel = kernel_id()
    owns = kernel is not None and not keep and started_this_kernel(endpoint)
    return {"kernel_id": kernel} if owns and kernel else {}


def _path(name: str) -> str:
    """Ids keep their slashes, which the routes expect; `@` and `+` are encoded."""
    return quote(name, safe="/")
