"""The façade: leases in, worker processes behind. Carries out what the scheduler decides."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass

from mlx_jupyter.catalog import Checkpoint, preflight
from mlx_jupyter.errors import LoadFailed, MLXJupyterError, PoolClosed
from mlx_jupyter.messages import Load, Loaded
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.pool.ledger import Ledger
from mlx_jupyter.pool.scheduler import Effect, Grant, Refuse, Scheduler, StartLoad, StopWorker
from mlx_jupyter.pool.slot import Slot
from mlx_jupyter.pool.spares import Spares
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Pool", "PoolSettings"]

SPARE_DELAY_SECONDS, SPARE_LATEST_SECONDS = 2.0, 30.0
"""A spare's imports take a core for a second: not during the first answer, if that ends soon."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PoolSettings:
    environment: Mapping[str, str]
    max_batch: int = 16
    spare_workers: int = 1


class Pool:
    """One per server process, on its event loop; nothing here is for another thread.

    `find` gives the checkpoint of a model id; it reads files and is called in a thread.
    """

    def __init__(self, settings: PoolSettings, find: Callable[[str], Checkpoint]) -> None:
        self._settings = settings
        self._find = find
        self._scheduler = Scheduler()
        self._ledger = Ledger()
        self._spares = Spares(settings.spare_workers, settings.environment)
        self._links: dict[str, WorkerLink] = {}
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[int, Lease] = {}
        self._tickets = itertools.count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self.last_use_seconds = time.time()

    def start(self) -> None:
        """Begin to keep spare workers."""
        self._spares.refill()

    def lease(self, model: str) -> Lease:
        """Ask for a use of `model` (an id, not an alias); use it as a `with` block."""
        if self._closed:
            raise PoolClosed("The server is shutting down.")
        self.last_use_seconds = time.time()
        ticket = next(self._tickets)
        lease = Lease(model, release=lambda: self._release(ticket, model))
        self._waiting[ticket] = lease
        self._carry_out(self._scheduler.acquire(ticket, model))
        return lease

    async def unload(self, model: str, *, force: bool = False) -> None:
        """Returns when the process has ended. Raises `NotFound` and `ModelInUse`."""
        self._carry_out(self._scheduler.unload(model, force=force))
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def stop(self) -> None:
        """End every process and refuse who waits."""
        self._closed = True
        closed = PoolClosed("The server is shutting down.")
        for lease in self._waiting.values():
            lease.refuse(closed)
        for task in [*self._loads.values(), *self._tasks]:
            task.cancel()
        links = list(self._links.values())
        await asyncio.gather(self._spares.stop(), *(link.stop(closed) for link in links))

    def slot(self, model: str) -> Slot:
        return self._scheduler.slot(model)

    def resident_bytes(self, model: str) -> int | None:
        """Booked bytes of a loaded model, None for one that is not."""
        return self._ledger.resident_bytes.get(model)

    def workers(self) -> Iterable[tuple[str | None, WorkerLink]]:
        """Every process with its model; None for spares."""
        yield from self._links.items()
        yield from ((None, link) for link in self._spares.links)

    def failed(self) -> dict[str, MLXJupyterError]:
        """Why the last load or worker of a model failed, until one of it succeeds."""
        slots = self._scheduler.slots.values()
        return {slot.model: slot.last_error for slot in slots if slot.last_error is not None}

    @property
    def active_leases(self) -> int:
        return sum(len(slot.leases) + len(slot.waiting) for slot in self._scheduler.slots.values())

    def _release(self, ticket: int, model: str) -> None:
        self._waiting.pop(ticket, None)
        self.last_use_seconds = time.time()
        if not self._closed:
            self._carry_out(self._scheduler.release(ticket, model))

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Grant(ticket, model):
                    self._waiting.pop(ticket).grant(self._links[model])
                case Refuse(ticket, error):
                    self._waiting.pop(ticket).refuse(error)
                case StartLoad(model):
                    self._loads[model] = asyncio.create_task(self._load(model))
                case StopWorker(model):
                    self._spawn(self._stop_worker(model))

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _load(self, model: str) -> None:
        """One load, whoever waits for it."""
        try:
            loaded = await self._load_into_worker(model)
        except MLXJupyterError as error:
            await self._give_up(model, error)
        except Exception as error:  # a slot that stays LOADING would hold its waiters for ever
            log.exception("loading %s", model)
            await self._give_up(model, LoadFailed(f"{model} could not be loaded: {error!r}"))
        else:
            self._ledger.settle(model, loaded.weights_bytes)
            log.info("%s is ready after %.1f s", model, loaded.load_seconds)
            self._carry_out(self._scheduler.loaded(model))
        finally:
            self._refill_when_idle(waited_seconds=0.0)

    async def _give_up(self, model: str, error: MLXJupyterError) -> None:
        await self._clear(model)
        log.warning("%s was not loaded: %s", model, error)
        self._carry_out(self._scheduler.load_failed(model, error))

    async def _load_into_worker(self, model: str) -> Loaded:
        checkpoint = await asyncio.to_thread(self._inspect, model)
        self._ledger.reserve(model, checkpoint.size_bytes)
        link = self._links[model] = await self._spares.take()
        link.ended.add_done_callback(lambda _: self._ended(model, link))
        loaded = await link.load(
            Load(
                path=str(checkpoint.path),
                kind=checkpoint.kind,
                max_batch=self._settings.max_batch,
            )
        )
        if not link.alive:  # it died just after it had said so
            raise link.ended.result()
        return loaded

    def _inspect(self, model: str) -> Checkpoint:
        checkpoint = self._find(model)
        preflight(checkpoint)
        return checkpoint

    def _ended(self, model: str, link: WorkerLink) -> None:
        if self._links.get(model) is link and not self._closed:
            del self._links[model]
            self._ledger.free(model)
            self._carry_out(self._scheduler.died(model, link.ended.result()))

    async def _stop_worker(self, model: str) -> None:
        load = self._loads.pop(model, None)
        if load is not None and not load.done():
            load.cancel()
            await asyncio.wait({load})
        try:
            await self._clear(model)
        finally:
            self._carry_out(self._scheduler.stopped(model))

    async def _clear(self, model: str) -> None:
        """Leave no process and no bytes of `model` behind."""
        link = self._links.pop(model, None)
        if link is not None:
            await link.stop()
        self._ledger.free(model)

    def _refill_when_idle(self, waited_seconds: float) -> None:
        def look() -> None:
            if self._closed:
                return
            if self.active_leases and waited_seconds < SPARE_LATEST_SECONDS:
                self._refill_when_idle(waited_seconds + SPARE_DELAY_SECONDS)
            else:
                self._spares.refill()

        asyncio.get_running_loop().call_later(SPARE_DELAY_SECONDS, look)
