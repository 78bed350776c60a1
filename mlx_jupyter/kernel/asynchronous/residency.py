"""Which models are loaded, from asyncio: the verbs of the pool that generate nothing."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel import calls
from mlx_jupyter.kernel.asynchronous.event_source import AsyncEventSource
from mlx_jupyter.kernel.call import Call
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.event_source import load_event, pool_event
from mlx_jupyter.kernel.transport import T, async_http_client, translated
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

__all__ = ["AsyncResidency"]


class AsyncResidency:
    """Raises as `Residency` does, and whose a pin is does not differ either."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._http = async_http_client(endpoint)

    async def health(self, *, ping: bool = True) -> Health:
        """Without `ping` the models' processes are not asked: `(await pool.health()).healthy`."""
        return await self._do(calls.health(ping=ping))

    async def models(self) -> list[Model]:
        """What can be loaded and what is: `[model.id for model in await pool.models()]`."""
        return (await self._do(calls.models())).data

    async def model(self, model: str) -> Model:
        """One of them: `(await pool.model("demo/chat")).context_length`."""
        return await self._do(calls.model(model))

    async def status(self) -> PoolStatus:
        """The budget, and every model that is known: `(await pool.status()).memory.used_gb`."""
        return await self._do(calls.status())

    async def admin_status(self) -> AdminStatus:
        """What `status` is made from, in bytes: `(await pool.admin_status()).workers`."""
        return await self._do(calls.admin_status())

    async def plan(
        self,
        model: str,
        *,
        prompt_tokens: int | None = None,
        max_tokens: int | None = None,
        n: int | None = None,
    ) -> PlanReport:
        """What `load(model)` would do now, or a request of so many tokens and `n` answers:
        `(await pool.plan("demo/chat")).fits`. Does nothing."""
        tokens = {"prompt_tokens": prompt_tokens, "max_tokens": max_tokens, "n": n}
        return await self._do(calls.plan(model, tokens))

    async def load(
        self,
        model: str,
        *,
        pin: bool = True,
        keep_alive: str | float | None = None,
        keep: bool = False,
    ) -> Loaded:
        """Loads `model` and pins it, as `Pool.load`: `await pool.load("demo/chat", pin=False)`.

        Cancelling it gives the load up, on the server too, unless others wait for it.
        """
        events = self.load_events(model, pin=pin, keep_alive=keep_alive, keep=keep)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, Loaded):
                    return event
        raise AssertionError("load_events ends with Loaded or an error")

    async def load_events(
        self,
        model: str,
        *,
        pin: bool = True,
        keep_alive: str | float | None = None,
        keep: bool = False,
    ) -> AsyncGenerator[PoolEvent | Loaded]:
        """As `load`: what happens meanwhile, and at last the `Loaded`.

        async for event in pool.load_events("demo/chat"):
            print(event)
        """
        owner = calls.owner(self.endpoint, keep=keep)
        call = calls.load(model, pin=pin, keep_alive=keep_alive, owner=owner)
        request = call.built(self._http, self.endpoint)
        async with AsyncEventSource(self.endpoint, self._http, request, load_event) as events:
            async for event in events:
                yield event
                if isinstance(event, Loaded):
                    return
        raise RequestFailed(f"The load of {model} ended without a result.", status=502)

    async def evict(self, model: str, *, force: bool = False) -> Unloaded:
        """Unloads `model`, with `force` one in use too: `await pool.evict("demo/chat")`."""
        return await self._do(calls.evict(model, force=force))

    async def pin(self, model: str, *, keep: bool = False) -> Pinned:
        """Keeps a loaded model loaded: `await pool.pin("demo/chat")`."""
        return await self._do(calls.pin(model, calls.owner(self.endpoint, keep=keep)))

    async def unpin(self, model: str, *, keep: bool = False) -> Pinned:
        """Takes this kernel's pin away, or with `keep` that of the user:
        `await pool.unpin("demo/chat")`."""
        return await self._do(calls.unpin(model, calls.owner(self.endpoint, keep=keep)))

    async def switch(self, model: str, policy: str | None = None) -> SwitchResult:
        """Evicts what is needed and loads `model`, without a pin, or does neither:
        `await pool.switch("demo/vision", "lru")`."""
        return await self._do(calls.switch(model, policy))

    async def cancel(self, request_id: str) -> Cancelled:
        """Ends a request that waits or runs, whoever sent it:
        `await pool.cancel(stream.headers["x-request-id"])`."""
        return await self._do(calls.cancel(request_id))

    def events(self, last: int | None = None) -> AsyncEventSource[PoolEvent]:
        """What happens in the pool from now on, without end; with `last`, so many of the events
        there have been, and then the end.

        async with pool.events() as events:
            async for event in events:
                print(event.type, event.model)
        """
        request = calls.events(last).built(self._http, self.endpoint)
        return AsyncEventSource(self.endpoint, self._http, request, pool_event)

    async def _do(self, call: Call[T]) -> T:
        with translated(self.endpoint):
            return call.read(await self._http.send(call.built(self._http, self.endpoint)))
