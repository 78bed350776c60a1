"""The façade: what a server may ask of the models it hosts."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import (
    CheckpointIncomplete,
    MLXJupyterError,
    ModelNotFound,
    PoolClosed,
)
from mlx_jupyter.messages import Detokenize, Detokenized, Schema, Tokenize, Tokenized
from mlx_jupyter.pool.comebacks import Comebacks
from mlx_jupyter.pool.conductor import Conductor
from mlx_jupyter.pool.drafts import DRAFT_PARAM, misconfigured, of_pair
from mlx_jupyter.pool.events import Events, Progress
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.pool.plan import Plan
from mlx_jupyter.pool.recipe import Recipe
from mlx_jupyter.pool.settings import PoolSettings
from mlx_jupyter.pool.slot import USER, Request, Slot, State
from mlx_jupyter.pool.status import Status, status
from mlx_jupyter.pool.trial import Trials
from mlx_jupyter.pool.use import LoadResult, SwitchReport, Use
from mlx_jupyter.pool.watch import Watch
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Pool", "PoolSettings"]

log = logging.getLogger(__name__)


class Pool:
    """One per server process, on its event loop; nothing here is for another thread.

    `find` gives the checkpoint of a model id; it reads files and is called in a thread. All models
    are named by ids, not by aliases.
    """

    def __init__(self, settings: PoolSettings, find: Callable[[str], Checkpoint]) -> None:
        self._settings = settings
        self._find = find
        self.events = Events()
        self._conductor = Conductor(settings, find, self.events, self._on_death)
        self._scheduler = self._conductor.scheduler
        self._comebacks = Comebacks(self._conductor, settings.comeback_seconds)
        self._watch = Watch(settings, self._conductor, self.events)
        self._trials = Trials()
        self._background: list[asyncio.Task[None]] = []
        self._closed = False
        self.last_use_seconds = time.time()

    def start(self) -> None:
        """Begin to watch the memory, to keep spare workers, and to load what is to be preloaded."""
        self._conductor.start()
        self._background = [
            asyncio.create_task(self._watch.run()),
            asyncio.create_task(self._preload()),
        ]

    async def stop(self) -> None:
        """End every process and refuse who waits."""
        self._closed = True
        for task in self._background:
            task.cancel()
        await self._comebacks.stop()
        await self._conductor.stop(PoolClosed("The server is shutting down."))

    def lease(self, model: str, use: Use | None = None) -> Lease:
        """Ask for a use of `model`; use it as a `with` block."""
        if self._closed:
            raise PoolClosed("The server is shutting down.")
        self.last_use_seconds = time.time()
        return self._conductor.lease(model, use or Use())

    async def spell(self, model: str, question: Tokenize | Detokenize) -> Tokenized | Detokenized:
        """Its tokens, or their text, whether the model is loaded or not: see `Conductor.spell`."""
        if self._closed:
            raise PoolClosed("The server is shutting down.")
        return await self._conductor.spell(model, question)

    async def check_schema(self, schema: Schema) -> None:
        """Raises `InvalidRequest` for one that no worker should be given."""
        await self._trials.check(schema)

    async def load(
        self,
        model: str,
        *,
        pin: bool,
        kernel: str | None = None,
        keep_alive: float | UnsetType | None = UNSET,
        client: str = "",
        draft: str | None = None,
        policy: Policy | None = None,
    ) -> LoadResult:
        """Returns when it is ready, and pinned if so asked: by `kernel`, else by the user.
        `draft` is the id of the model that is to write ahead, `policy` for who leaves.

        `keep_alive` becomes the model's own. Cancelling ends the load, unless others wait for it.
        """
        there = self.slot(model).state is State.READY
        if keep_alive is not UNSET:
            self._conductor.keep_alive[model] = keep_alive
        with self.lease(model, Use(client=client, policy=policy, draft=draft)) as lease:
            await lease.granted()
            if pin:
                self.pin(model, kernel)
            return LoadResult(
                already_loaded=there,
                evicted=lease.evicted,
                size_bytes=self.resident_bytes(model) or 0,
                load_seconds=None if there else self._conductor.load_seconds.get(model),
            )

    async def switch(
        self, model: str, policy: Policy = Policy.LARGEST, client: str = ""
    ) -> SwitchReport:
        """Free what is needed and load; neither pins nor unpins. Raises `InsufficientMemory` when
        nothing helps, and then nothing has been unloaded."""
        there = self.slot(model).state is State.READY
        plan = await self.plan(model, policy, client)
        sizes = {slot.model: slot.booked_bytes for slot in self._scheduler.slots.values()}
        with self.lease(model, Use(client=client, policy=policy)) as lease:
            await lease.granted()
        return SwitchReport(
            already_loaded=there,
            evicted=lease.evicted,
            required_bytes=plan.needed_bytes,
            available_before_bytes=plan.available_bytes,
            freed_bytes=sum(sizes.get(one, 0) for one in lease.evicted),
            estimated_load_seconds=plan.estimated_load_time_seconds,
        )

    async def unload(self, model: str, *, force: bool = False) -> int:
        """Returns the bytes that are free again, when the process has ended; its pins are gone too.
        Raises `NotFound` and `ModelInUse`. For a failed model it forgets the failure."""
        freed_bytes = self.slot(model).booked_bytes
        self._conductor.tell(lambda now: self._scheduler.unload(model, now, force=force))
        self._conductor.keep_alive.pop(model, None)
        await self._conductor.settled()
        return freed_bytes

    def pin(self, model: str, kernel: str | None = None) -> list[str]:
        """Who pins it now. A kernel's pin goes with the kernel. Raises `NotFound`."""
        self._conductor.tell(lambda now: self._scheduler.pin(model, kernel or USER, now))
        return sorted(self.slot(model).pinned_by)

    def unpin(self, model: str, kernel: str | None = None) -> list[str]:
        """Who still pins it: without a `kernel` no one. Raises `NotFound`."""
        self._conductor.tell(lambda now: self._scheduler.unpin(model, kernel, now))
        return sorted(self.slot(model).pinned_by)

    def drop_kernel(self, kernel_id: str) -> None:
        """The kernel is gone, and its pins with it."""
        for slot in list(self._scheduler.slots.values()):
            if kernel_id in slot.pinned_by:
                self.unpin(slot.model, kernel_id)

    def pinning_kernels(self) -> set[str]:
        pins = {pin for slot in self._scheduler.slots.values() for pin in slot.pinned_by}
        return pins - {USER}

    async def plan(
        self,
        model: str,
        policy: Policy | None = None,
        client: str = "",
        sequences_tokens: tuple[int, ...] = (),
    ) -> Plan:
        """What a load, or a request of those sequences, would do if it came now. Raises what the
        catalog says of the model."""
        conductor = self._conductor
        request = conductor.request(model, Use(sequences_tokens, client=client, policy=policy))
        try:
            recipe = await self._recipe(model)
        except (ModelNotFound, CheckpointIncomplete):
            if (guessed := conductor.loader.guess(model)) is None:
                raise
            return self._plan_download(request, *guessed)
        conductor.look_at_host(always=True)
        footprint_bytes = conductor.loader.footprint_bytes(recipe)
        found = self._scheduler.plan(request, footprint_bytes, recipe.kv, recipe.decoding)
        there = self.slot(model).state is State.READY
        seconds = 0.0 if there else conductor.loader.load_seconds(recipe.checkpoint)
        return replace(found, estimated_load_time_seconds=seconds)

    async def _recipe(self, model: str) -> Recipe:
        """Of a load that is there, or of one that would come now."""
        loader, draft = self._conductor.loader, self._conductor.drafts.planned(model)
        if self.slot(model).resident and model in loader.recipes:
            return loader.recipes[model]
        checkpoint = await asyncio.to_thread(self._find, model)
        try:
            writes_ahead = None if draft is None else await self._draft(model, draft)
            return loader.recipe(checkpoint, writes_ahead, self._conductor.budget_bytes)
        except MLXJupyterError as error:
            if error.param == DRAFT_PARAM:
                raise misconfigured(error) from None
            raise

    async def _draft(self, model: str, draft: str) -> Checkpoint | None:
        """None for one that would be downloaded: nothing is known of it."""
        try:
            return await asyncio.to_thread(self._find, draft)
        except MLXJupyterError as error:
            absent = isinstance(error, ModelNotFound | CheckpointIncomplete)
            if absent and self._conductor.loader.guess(draft):
                return None
            raise of_pair(error, model, draft) from None

    def _plan_download(self, request: Request, size_bytes: int, source: str) -> Plan:
        self._conductor.look_at_host(always=True)
        found = self._scheduler.plan(request, size_bytes, KVShape())
        reason = f"{found.reason} It would be downloaded first; its size is {source}."
        return replace(found, reason=reason)

    def status(self) -> Status:
        return status(self._conductor, self._settings, self._watch.level)

    def slot(self, model: str) -> Slot:
        return self._scheduler.slot(model)

    def checkpoint(self, model: str) -> Checkpoint | None:
        """Of a model that is loading or ready."""
        slot = self.slot(model)
        return self._conductor.loader.checkpoint(model) if slot.resident else None

    def load_estimate_seconds(self, checkpoint: Checkpoint) -> float:
        return self._conductor.loader.load_seconds(checkpoint)

    def size_bytes(self, checkpoint: Checkpoint) -> int:
        """What its weights take, or will take once loaded."""
        resident_bytes = self.resident_bytes(checkpoint.id)
        if resident_bytes is not None:
            return resident_bytes
        conductor = self._conductor
        return conductor.loader.recipe(checkpoint, None, conductor.budget_bytes).size_bytes

    def progress(self, model: str) -> Progress | None:
        """Of a load or a download that is under way."""
        return self._conductor.loader.progress.get(model)

    def waiting_for(self, lease: Lease) -> tuple[str, ...]:
        """The models in use that a lease waits for."""
        plan = self._scheduler.plans.get(lease.ticket)
        return plan.wait_for if plan else ()

    def resident_bytes(self, model: str) -> int | None:
        """Booked bytes of a loaded model's weights, None for one that is not."""
        slot = self.slot(model)
        return slot.weights_bytes if slot.state is State.READY else None

    def workers(self) -> Iterable[tuple[str | None, WorkerLink]]:
        """Every process with its model; None for spares and tokenizers."""
        yield from self._conductor.links.items()
        yield from ((None, link) for link in self._conductor.spares.links)
        yield from ((None, link) for link in self._conductor.tokenizers.links)

    def failed(self) -> dict[str, MLXJupyterError]:
        """Why the last load or worker of a model failed, until one of it succeeds."""
        slots = self._scheduler.slots.values()
        return {slot.model: slot.last_error for slot in slots if slot.last_error is not None}

    @property
    def active_leases(self) -> int:
        running = sum(len(slot.leases) for slot in self._scheduler.slots.values())
        return running + len(self._scheduler.queue)

    def _on_death(self, model: str) -> None:
        self._comebacks.died(model)

    async def _preload(self) -> None:
        for model in self._settings.preload:
            try:
                await self.load(model, pin=True)
            except MLXJupyterError as error:
                log.error("preload: %s", error)
