"""Which models are loaded, from Python: the verbs of the pool that generate nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any
from urllib.parse import quote

import msgspec

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.discovery import started_this_kernel
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.event_source import EventSource, load_event, pool_event
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.transport import T, decode, http_client, translated
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.models import Model, ModelList
from mlx_jupyter.wire.pool import (
    AdminStatus,
    Cancelled,
    Loaded,
    LoadRequest,
    Pinned,
    PlanReport,
    PoolEvent,
    PoolStatus,
    SwitchResult,
    Unloaded,
)

__all__ = ["Residency"]


class Residency:
    """The verbs raise `RequestFailed` with what the server says (its `plan`, if that is about
    memory, is a `PlanReport`), and `ServerNotFound` when it is gone.

    A pin belongs to the kernel that made it and ends with it. With `keep`, and outside a kernel of
    this server, it is the user's: it stays until someone takes it away.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._http = http_client(endpoint)

    def health(self, *, ping: bool = True) -> Health:
        """Without `ping` the models' processes are not asked: a busy one takes its time."""
        return self._get(self.endpoint.health_url, Health, ping=ping)

    def models(self) -> list[Model]:
        """What the server can load, and what is loaded."""
        return self._get(f"{self.endpoint.base_url}/models", ModelList).data

    def model(self, model: str) -> Model:
        return self._get(f"{self.endpoint.base_url}/models/{_path(model)}", Model)

    def status(self) -> PoolStatus:
        """The budget, and every model that the server knows of."""
        return self._get(f"{self.endpoint.base_url}/models/status", PoolStatus)

    def admin_status(self) -> AdminStatus:
        """What `status` is made from: slots, ledger, queue, workers, in bytes."""
        return self._get(f"{self.endpoint.admin_url}/models/status", AdminStatus)

    def plan(
        self,
        model: str,
        *,
        prompt_tokens: int | None = None,
        max_tokens: int | None = None,
        n: int | None = None,
    ) -> PlanReport:
        """What `load(model)` would do now; with the other arguments, a request of so many tokens
        and `n` answers. Does nothing."""
        tokens = {"prompt_tokens": prompt_tokens, "max_tokens": max_tokens, "n": n}
        given = {name: value for name, value in tokens.items() if value is not None}
        return self._get(f"{self.endpoint.admin_url}/models/plan", PlanReport, model=model, **given)

    def load(
        self,
        model: str,
        *,
        pin: bool = True,
        keep_alive: str | float | None = None,
        keep: bool = False,
    ) -> Loaded:
        """Loads `model`, after a download if it must be, and pins it. `keep_alive` ("5m", seconds,
        0, -1) is how long it stays after its last use once nobody pins it.

        An interrupt gives the load up, on the server too, unless others wait for it.
        """
        events = self.load_events(model, pin=pin, keep_alive=keep_alive, keep=keep)
        return next(event for event in events if isinstance(event, Loaded))

    def load_events(
        self,
        model: str,
        *,
        pin: bool = True,
        keep_alive: str | float | None = None,
        keep: bool = False,
    ) -> Generator[PoolEvent | Loaded]:
        """As `load`, which begins with the first step: what happens meanwhile, and at last the
        result. Leaving the loop earlier gives the load up."""
        body = LoadRequest(pin=pin, keep_alive=keep_alive, stream=True)
        request = self._http.build_request(
            "POST",
            f"{self.endpoint.admin_url}/models/load/{_path(model)}",
            params=self._kernel(keep) if pin else {},
            content=msgspec.json.encode(body),
            headers={"Content-Type": "application/json"},
        )
        with EventSource(self.endpoint, self._http, request, load_event) as events:
            for event in events:
                yield event
                if isinstance(event, Loaded):
                    return
        raise RequestFailed(f"The load of {model} ended without a result.", status=502)

    def evict(self, model: str, *, force: bool = False) -> Unloaded:
        """Unloads `model`; one in use only with `force`, which ends what runs on it."""
        params = {"force": "true"} if force else {}
        return self._post(f"admin/models/unload/{_path(model)}", Unloaded, params)

    def pin(self, model: str, *, keep: bool = False) -> Pinned:
        """Keeps a loaded model loaded. RequestFailed (404) for one that is not."""
        return self._post(f"admin/models/pin/{_path(model)}", Pinned, self._kernel(keep))

    def unpin(self, model: str, *, keep: bool = False) -> Pinned:
        """Takes this kernel's pin away, or with `keep` the user's; others' stay."""
        return self._post(f"admin/models/unpin/{_path(model)}", Pinned, self._kernel(keep))

    def switch(self, model: str, policy: str | None = None) -> SwitchResult:
        """Evicts what is needed (by `policy`: `largest`, `lru`, `smart`) and loads `model`, without
        a pin; or does neither."""
        params = {"target_model": model} | ({"policy": policy} if policy else {})
        return self._post("v1/models/switch", SwitchResult, params)

    def cancel(self, request_id: str) -> Cancelled:
        """Ends a request that waits or runs; its id is in the answer's header `x-request-id`."""
        return self._post(f"admin/requests/{quote(request_id, safe='')}/cancel", Cancelled)

    def events(self, last: int | None = None) -> EventSource[PoolEvent]:
        """What happens in the pool from now on, without end: an iterator, to be closed or used in
        a `with`. With `last`, so many of the events there have been, and then the end."""
        request = self._http.build_request(
            "GET",
            f"{self.endpoint.admin_url}/events",
            params={} if last is None else {"limit": last},
        )
        return EventSource(self.endpoint, self._http, request, pool_event)

    def _kernel(self, keep: bool) -> dict[str, str]:
        """Whose pin it is, as query parameters: this kernel's, or with none the user's."""
        kernel = kernel_id()
        owns = kernel is not None and not keep and started_this_kernel(self.endpoint)
        return {"kernel_id": kernel} if owns and kernel else {}

    def _get(self, url: str, kind: type[T], **params: Any) -> T:
        with translated(self.endpoint):
            return decode(self._http.get(url, params=params), kind)

    def _post(self, route: str, kind: type[T], params: dict[str, str] | None = None) -> T:
        url = f"{self.endpoint.base_url.removesuffix('/v1')}/{route}"
        with translated(self.endpoint):
            return decode(self._http.post(url, params=params), kind)


def _path(model: str) -> str:
    """Ids keep their slashes, which the routes expect; `@` and `+` are encoded."""
    return quote(model, safe="/")
