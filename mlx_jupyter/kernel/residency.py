"""Which models are loaded, from Python: the verbs of the pool that generate nothing."""

from __future__ import annotations

from collections.abc import Generator

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel import calls
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.event_source import EventSource, load_event, pool_event
from mlx_jupyter.kernel.transport import T, http_client, translated
from mlx_jupyter.wire.health import Health
from mlx_jupyter.wire.models import Model
from mlx_jupyter.wire.pool import (
    AdminStatus,
    Cancelled,
    Loaded,
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
        return self._do(calls.health(ping=ping))

    def models(self) -> list[Model]:
        """What the server can load, and what is loaded."""
        return self._do(calls.models()).data

    def model(self, model: str) -> Model:
        return self._do(calls.model(model))

    def status(self) -> PoolStatus:
        """The budget, and every model that the server knows of."""
        return self._do(calls.status())

    def admin_status(self) -> AdminStatus:
        """What `status` is made from: slots, ledger, queue, workers, in bytes."""
        return self._do(calls.admin_status())

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
        return self._do(calls.plan(model, tokens))

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
        owner = calls.owner(self.endpoint, keep=keep)
        call = calls.load(model, pin=pin, keep_alive=keep_alive, owner=owner)
        request = call.built(self._http, self.endpoint)
        with EventSource(self.endpoint, self._http, request, load_event) as events:
            for event in events:
                yield event
                if isinstance(event, Loaded):
                    return
        raise RequestFailed(f"The load of {model} ended without a result.", status=502)

    def evict(self, model: str, *, force: bool = False) -> Unloaded:
        """Unloads `model`; one in use only with `force`, which ends what runs on it."""
        return self._do(calls.evict(model, force=force))

    def pin(self, model: str, *, keep: bool = False) -> Pinned:
        """Keeps a loaded model loaded. RequestFailed (404) for one that is not."""
        return self._do(calls.pin(model, calls.owner(self.endpoint, keep=keep)))

    def unpin(self, model: str, *, keep: bool = False) -> Pinned:
        """Takes this kernel's pin away, or with `keep` the user's; others' stay."""
        return self._do(calls.unpin(model, calls.owner(self.endpoint, keep=keep)))

    def switch(self, model: str, policy: str | None = None) -> SwitchResult:
        """Evicts what is needed (by `policy`: `largest`, `lru`, `smart`) and loads `model`, without
        a pin; or does neither."""
        return self._do(calls.switch(model, policy))

    def cancel(self, request_id: str) -> Cancelled:
        """Ends a request that waits or runs; its id is in the answer's header `x-request-id`."""
        return self._do(calls.cancel(request_id))

    def events(self, last: int | None = None) -> EventSource[PoolEvent]:
        """What happens in the pool from now on, without end: an iterator, to be closed or used in
        a `with`. With `last`, so many of the events there have been, and then the end."""
        request = calls.events(last).built(self._http, self.endpoint)
        return EventSource(self.endpoint, self._http, request, pool_event)

    def _do(self, call: Call[T]) -> T:
        with translated(self.endpoint):
            return call.read(self._http.send(call.built(self._http, self.endpoint)))
