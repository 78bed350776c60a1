"""Carries out what the scheduler decides, and tells it what came of that.

Every event goes through `tell`: the machine's memory is looked at, the scheduler decides, its
effects are carried out, what changed is announced, and the next deadline is set.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace

from msgspec import UNSET
from msgspec.structs import replace as replaced

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.errors import InsufficientMemory, LoadFailed, MLXJupyterError, WorkerDied
from mlx_jupyter.messages import Detokenize, Detokenized, Loaded, Tokenize, Tokenized
from mlx_jupyter.pool.announcer import Announcer
from mlx_jupyter.pool.budget import device_bytes, parse_limit
from mlx_jupyter.pool.drafts import DRAFT_PARAM, Drafts
from mlx_jupyter.pool.effects import (
    Effect,
    Grant,
    Inspect,
    Refuse,
    StartLoad,
    StopInspection,
    StopWorker,
)
from mlx_jupyter.pool.events import Events
from mlx_jupyter.pool.keeping import Keeping
from mlx_jupyter.pool.lease import Lease
from mlx_jupyter.pool.loader import Loader
from mlx_jupyter.pool.plan import Plan
from mlx_jupyter.pool.pressure import floor_bytes
from mlx_jupyter.pool.recipe import Recipe
from mlx_jupyter.pool.scheduler import Queueing, Scheduler
from mlx_jupyter.pool.settings import PoolSettings
from mlx_jupyter.pool.slot import Request, Slot, State
from mlx_jupyter.pool.spares import Spares
from mlx_jupyter.pool.tokenizers import Tokenizers, is_short
from mlx_jupyter.pool.use import Use
from mlx_jupyter.pool.verdict import Limits
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = ["Conductor"]

SPARE_DELAY_SECONDS, SPARE_LATEST_SECONDS = 2.0, 30.0
"""A spare's imports take a core for 0.6 s: not during the first answer, if that ends soon."""

ASIDE_SECONDS = 2.0
"""A worker answers between two steps, and those of a prefill may be long: then another is asked."""

log = logging.getLogger(__name__)


class Conductor:
    """`on_death` is called with the model whose READY worker has ended by itself."""

    def __init__(
        self,
        settings: PoolSettings,
        find: Callable[[str], Checkpoint],
        events: Events,
        on_death: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._on_death = on_death
        self.host = settings.read_host()
        self.device_bytes = device_bytes(None, self.host.total_bytes)
        self._device_known = False
        self._own_memory = False
        """A GPU with memory of its own: what other programs take on the machine is not its."""
        limits = Limits(self.budget_bytes, settings.max_models, settings.policy)
        queueing = Queueing(settings.queue_timeout_seconds, settings.max_queue)
        self.scheduler = Scheduler(limits, queueing, settings.max_batch)
        self.loader = Loader(settings, find, events)
        self.spares = Spares(settings.spare_workers, settings.environment)
        self.tokenizers = Tokenizers(self._take_worker, settings.max_queue)
        self.aside_seconds = ASIDE_SECONDS
        self.links: dict[str, WorkerLink] = {}
        self.drafts = Drafts(settings.draft_models)
        self.keeping = Keeping(settings.prompt_cache, self._keepers, self.links)
        self.keep_alive: dict[str, float | None] = {}
        self.load_seconds: dict[str, float] = {}
        self._announcer = Announcer(events)
        self._leases: dict[int, Lease] = {}
        self._tickets = itertools.count(1)
        self._inspections: dict[str, asyncio.Task[None]] = {}
        self._loads: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def budget_bytes(self) -> int:
        return parse_limit(self._settings.memory_limit, self.device_bytes)

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    def request(self, model: str, use: Use, ticket: int = 0) -> Request:
        """`use` with what it leaves open."""
        keep_alive = use.keep_alive_seconds
        if keep_alive is UNSET:
            keep_alive = self.keep_alive.get(model, self._settings.keep_alive_seconds)
        return Request(
            ticket=ticket or next(self._tickets),
            model=model,
            sequences_tokens=use.sequences_tokens,
            client=use.client,
            keep_alive_seconds=keep_alive,
            policy=use.policy,
            draft=use.draft,
            since=self.now,
        )

    def lease(self, model: str, use: Use) -> Lease:
        """Raises `InvalidRequest` for a draft that the model was loaded without."""
        gone = self.scheduler.slot(model).state in (State.ABSENT, State.UNLOADING)
        first = gone and not self.scheduler.waiting(model)
        self.drafts.choose(model, use.draft, first=first)
        request = self.request(model, use)
        lease = Lease(request.ticket, model, release=lambda: self._release(request))
        self._leases[request.ticket] = lease
        self.tell(lambda now: self.scheduler.acquire(request, now))
        return lease

    def tell(self, event: Callable[[float], list[Effect]]) -> None:
        """Raises what the event does; then nothing has happened."""
        if self._closed:
            return
        self.look_at_host()
        effects = event(self.now)
        self._carry_out(effects)
        self._announcer.announce(self.scheduler, effects)
        self.fit_the_rest()
        self._set_timer()

    def fit_the_rest(self) -> None:
        """Caches and spares live on what models leave over; prompts are the first to go."""
        free_bytes = self.scheduler.ledger.free_bytes
        for cache in self._settings.caches:
            cache.fit(free_bytes)
            free_bytes -= cache.used_bytes
        self.tokenizers.fit(free_bytes)
        free_bytes -= self.tokenizers.used_bytes
        self.spares.fit(free_bytes)
        free_bytes -= self.spares.booked_bytes
        self.keeping.fit(free_bytes, self.budget_bytes)

    def pause_keeping(self, *, paused: bool) -> None:
        """While the machine is short of memory, what is kept for speed only does not grow again."""
        if self.keeping.paused != paused:
            self.keeping.paused = paused
            self.fit_the_rest()

    def _keepers(self) -> list[Slot]:
        """Those that may keep prompts."""
        recipes, there = self.loader.recipes, (State.LOADING, State.READY)
        return [
            slot
            for slot in self.scheduler.slots.values()
            if slot.state in there and recipes[slot.model].keeps_prompts
        ]

    @property
    def kept_bytes(self) -> int:
        """In this process, for speed only."""
        return sum(cache.used_bytes for cache in self._settings.caches)

    @property
    def cached_bytes(self) -> int:
        """With what workers keep."""
        return self.kept_bytes + self.keeping.used_bytes

    def _refill_spares(self) -> None:
        taken_bytes = self.kept_bytes + self.tokenizers.used_bytes
        self.spares.refill(self.scheduler.ledger.free_bytes - taken_bytes)

    def look_at_host(self, *, always: bool = False) -> None:
        """Only where it matters: a request for a model that is there does not wait for it."""
        slots = self.scheduler.slots.values()
        moving = (State.LOADING, State.UNLOADING)
        if always or self.scheduler.queue or any(slot.state in moving for slot in slots):
            self.host = self._settings.read_host()
            self._learn_device()
            spare_bytes = self.host.available_bytes - floor_bytes(self.host.total_bytes)
            free_bytes = None if self._own_memory else max(0, spare_bytes)
            self.set_limits(replace(self.scheduler.limits, host_free_bytes=free_bytes))

    def set_limits(self, limits: Limits) -> None:
        self.scheduler.limits = limits

    def start(self) -> None:
        self._refill_spares()

    async def settled(self) -> None:
        """When all that is being ended has ended."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def idle(self) -> None:
        """When no model is looked at, loaded or ended."""
        while running := [t for t in self._all_tasks() if not t.done()]:
            await asyncio.wait(running)

    def _all_tasks(self) -> list[asyncio.Task[None]]:
        return [*self._inspections.values(), *self._loads.values(), *self._tasks]

    async def stop(self, error: MLXJupyterError) -> None:
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        for lease in self._leases.values():
            lease.refuse(error)
        tasks = self._all_tasks()
        for task in tasks:
            task.cancel()
        links = list(self.links.values())
        await asyncio.gather(
            self.spares.stop(), self.tokenizers.stop(), *(link.stop(error) for link in links)
        )
        if tasks:
            await asyncio.wait(tasks)

    async def spell(self, model: str, question: Tokenize | Detokenize) -> Tokenized | Detokenized:
        """Asks the model's worker, if it is loaded and has a moment, and the question is short;
        else one that has read no more than the tokenizer. Nobody leaves for it, and nothing is
        fetched. Raises what the catalog or the tokenizer has to say."""
        link = self.links.get(model)
        ready = link is not None and self.scheduler.slot(model).state is State.READY
        if link is not None and ready and is_short(question):
            with suppress(WorkerDied, TimeoutError):
                return await link.spell(question, self.aside_seconds)
        checkpoint = await asyncio.to_thread(self.loader.look, model)
        if self.scheduler.limits.refusing:
            message = f"The tokenizer of {model} cannot be loaded now"
            raise InsufficientMemory(f"{message}: {self.scheduler.limits.refusing}.", param="model")
        command = self.loader.command(Recipe(checkpoint), self.budget_bytes)
        return await self.tokenizers.ask(model, checkpoint.state, command, question)

    async def _take_worker(self) -> WorkerLink:
        try:
            return await self.spares.take()
        finally:
            self._refill_when_idle(waited_seconds=0.0)

    def _release(self, request: Request) -> None:
        self._leases.pop(request.ticket, None)
        self.tell(lambda now: self.scheduler.release(request.ticket, request.model, now))

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Grant(ticket, model, evicted):
                    self._leases.pop(ticket).grant(self.links[model], evicted)
                case Refuse(ticket, error):
                    self._add_estimate(error)
                    self._name_draft(error)
                    self._leases.pop(ticket).refuse(error)
                case Inspect(model):
                    self._inspections[model] = asyncio.create_task(self._inspect(model))
                case StopInspection(model):
                    inspection = self._inspections.pop(model)
                    inspection.cancel()
                    self._keep(inspection)
                case StartLoad(model):
                    self._shed_for(self.scheduler.slot(model))
                    self._loads[model] = asyncio.create_task(self._load(model))
                case StopWorker(model):
                    self._spawn(self._stop_worker(model))

    def _shed_for(self, slot: Slot) -> None:
        """The machine may have the room only because what is kept for speed counts as free."""
        free_bytes = self.scheduler.limits.host_free_bytes
        if free_bytes is not None and slot.booked_bytes > free_bytes:
            self.keeping.shed()

    def _add_estimate(self, error: MLXJupyterError) -> None:
        """How long the load would take, to the plan in an error: the scheduler does not know."""
        plan = error.plan
        if isinstance(plan, Plan) and (checkpoint := self.loader.checkpoint(plan.model)):
            seconds = 0.0 if plan.resident else self.loader.load_seconds(checkpoint)
            error.plan = replaced(plan, estimated_load_time_seconds=seconds)

    def _name_draft(self, error: MLXJupyterError) -> None:
        """Of two models for which there is no room the scheduler knows one."""
        plan = error.plan
        if not isinstance(error, InsufficientMemory) or not isinstance(plan, Plan):
            return
        recipe = self.loader.recipes.get(plan.model)
        if recipe is not None and recipe.draft is not None and not plan.resident:
            error.message += f" Its draft model '{recipe.draft.id}' is counted with it."

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        self._keep(asyncio.create_task(work))

    def _keep(self, task: asyncio.Task[None]) -> None:
        """Until it has ended: the loop itself holds a task only weakly."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.scheduler.due
        if due is not None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(due, lambda: self.tell(self.scheduler.tick))

    async def _inspect(self, model: str) -> None:
        try:
            draft = self.drafts.look_at(model)
            recipe = await self.loader.inspect(model, draft, self.budget_bytes)
        except MLXJupyterError as error:
            self._tell_failure(model, error)
        except Exception as error:  # a slot that stays as it is would hold its waiters for ever
            log.exception("looking at %s", model)
            lost = LoadFailed(f"{model} could not be looked at: {error!r}")
            self.tell(lambda now: self.scheduler.load_failed(model, lost, now))
        else:
            footprint_bytes, kv = self.loader.footprint_bytes(recipe), recipe.kv
            self.tell(
                lambda now: self.scheduler.inspected(
                    model, footprint_bytes, kv, now, recipe.decoding
                )
            )

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
            log.info("%s is ready after %.1f s", model, loaded.load_seconds)
            self.tell(lambda now: self.scheduler.loaded(model, loaded.weights_bytes, now))
            await self.loader.remember(model, loaded)
        finally:
            self._refill_when_idle(waited_seconds=0.0)

    async def _give_up(self, model: str, error: MLXJupyterError) -> None:
        await self._clear(model)
        log.warning("%s was not loaded: %s", model, error)
        self._tell_failure(model, error)

    def _tell_failure(self, model: str, error: MLXJupyterError) -> None:
        if error.param == DRAFT_PARAM:
            others = self.drafts.give_up(model, error)
            self.tell(lambda now: self.scheduler.draft_failed(model, error, others, now))
        else:
            self.tell(lambda now: self.scheduler.load_failed(model, error, now))

    async def _load_into_worker(self, model: str) -> Loaded:
        started = self.now
        link = self.links[model] = await self.spares.take()
        link.ended.add_done_callback(lambda _: self._ended(model, link))
        link.on_report = lambda: self._read(model, link)
        await self.keeping.given_back()
        recipe = self.loader.recipes[model]
        kept_bytes = self.keeping.begin(model)
        command = self.loader.command(recipe, self.budget_bytes, kept_bytes)
        loaded = await self.loader.load(model, link, command)
        self.load_seconds[model] = self.now - started
        return loaded

    def _learn_device(self) -> None:
        """What the device is, from the first worker that says; the budget may be a share of it."""
        links = [*self.spares.links, *self.links.values()]
        hello = next((link.hello.result() for link in links if link.hello.done()), None)
        if hello is None or self._device_known:
            return
        self._device_known = True
        self._own_memory = hello.device == "gpu" and sys.platform != "darwin"
        self.device_bytes = device_bytes(hello.device_memory_bytes, self.host.total_bytes)
        self.set_limits(replace(self.scheduler.limits, budget_bytes=self.budget_bytes))

    def _read(self, model: str, link: WorkerLink) -> None:
        if self.links.get(model) is link and link.reading is not None:
            live_bytes, cache_bytes = link.reading.active_bytes, link.reading.prompt_cache_bytes
            self.tell(lambda now: self.scheduler.reading(model, live_bytes, now, cache_bytes))
            self.keeping.heard()

    def _ended(self, model: str, link: WorkerLink) -> None:
        if self.links.get(model) is not link or self._closed:
            return
        if self.scheduler.slot(model).state is not State.READY:
            return  # the load, or who stops it, finds out by itself
        del self.links[model]
        error = link.ended.result()
        log.warning("%s: %s", model, error)
        self.tell(lambda now: self.scheduler.died(model, error, now))
        self._on_death(model)

    async def _stop_worker(self, model: str) -> None:
        load = self._loads.pop(model, None)
        if load is not None and not load.done():
            load.cancel()
            await asyncio.wait({load})
        try:
            await self._clear(model)
        finally:
            anew = self.drafts.chosen_anew(model)
            self.tell(lambda now: self.scheduler.stopped(model, now, anew=anew))

    async def _clear(self, model: str) -> None:
        """Leave no process of `model` behind."""
        link = self.links.pop(model, None)
        if link is not None:
            await link.stop()

    def _refill_when_idle(self, waited_seconds: float) -> None:
        def look() -> None:
            if self._closed:
                return
            busy = self.scheduler.queue or any(s.leases for s in self.scheduler.slots.values())
            if busy and waited_seconds < SPARE_LATEST_SECONDS:
                self._refill_when_idle(waited_seconds + SPARE_DELAY_SECONDS)
            else:
                self._refill_spares()

        asyncio.get_running_loop().call_later(SPARE_DELAY_SECONDS, look)
