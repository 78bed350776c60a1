"""Plays the rest of the program at random, and keeps the books that the scheduler must agree
with."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import LoadFailed, MLXJupyterError, ModelInUse, NotFound, WorkerDied
from mlx_jupyter.pool.effects import (
    Effect,
    Grant,
    Inspect,
    Refuse,
    StartLoad,
    StopInspection,
    StopWorker,
)
from mlx_jupyter.pool.eviction import Policy
from mlx_jupyter.pool.keeping import Keeping
from mlx_jupyter.pool.scheduler import Queueing, Scheduler
from mlx_jupyter.pool.slot import Request, Slot, State
from mlx_jupyter.pool.verdict import Limits

__all__ = ["Keeper", "World"]

KV = KVShape(bytes_per_token=1)


@dataclass
class Keeper:
    """A worker's prompt cache."""

    max_bytes: int = 0
    used_bytes: int = 0

    def limit_prompt_cache(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = min(self.used_bytes, max_bytes)

    def shed(self) -> None:
        self.used_bytes = 0


class World:
    """Models `a` to `e` of 2 to 9 units of 1000 bytes in a budget of 6 to 20; their workers keep
    prompts, as much as they may."""

    def __init__(self, seed: int) -> None:
        self.draw = draw = random.Random(seed)
        self.sizes = {model: draw.randint(2, 9) * 1000 for model in "abcde"}
        self.limits = Limits(
            budget_bytes=draw.randint(6, 20) * 1000,
            max_models=draw.choice([0, 0, 1, 2, 3]),
            policy=draw.choice(list(Policy)),
        )
        queueing = Queueing(timeout_seconds=50.0, max_queue=draw.choice([0, 3, 64]))
        self.scheduler = Scheduler(self.limits, queueing, max_batch=draw.choice([1, 4, 16]))
        self.now = 0.0
        self.tickets = 0
        self.open: dict[int, str] = {}
        self.granted: set[int] = set()
        self.inspecting: set[str] = set()
        self.loading: set[str] = set()
        self.resident: set[str] = set()
        self.stopping: set[str] = set()
        self.ended: dict[int, str] = {}
        self.keepers = {model: Keeper() for model in "abcde"}
        share = draw.choice(["off", "10%", "50%", "100%"])
        self.keeping = Keeping(share, self.seats, self.keepers)

    def turn(self) -> None:
        self.now += self.draw.random()
        actions = [self.acquire] * 4 + [self.release] * 3 + [self.finish] * 4 + [self.tick]
        actions += [self.fail, self.die, self.unload, self.pin, self.unpin, self.press]
        actions += [self.keep] * 3
        self.apply(self.draw.choice(actions)(self.draw.choice("abcde")))
        self.check()

    # --- what may happen ----------------------------------------------------------------------

    def acquire(self, model: str) -> list[Effect]:
        self.tickets += 1
        self.open[self.tickets] = model
        tokens = tuple(self.draw.randint(1, 900) for _ in range(self.draw.randint(0, 2)))
        return self.scheduler.acquire(
            Request(
                self.tickets,
                model,
                sequences_tokens=tokens,
                client=self.draw.choice(["", "k1", "k2"]),
                keep_alive_seconds=self.draw.choice([None, 0.0, 5.0, 30.0]),
                draft=self.draw.choice([None, None, "draft"]),
            ),
            self.now,
        )

    def release(self, _: str) -> list[Effect]:
        if not self.open:
            return []
        ticket = self.draw.choice(list(self.open))
        return self.give_back(ticket)

    def give_back(self, ticket: int) -> list[Effect]:
        model = self.open.pop(ticket)
        self.granted.discard(ticket)
        self.ended[ticket] = "released"
        return self.scheduler.release(ticket, model, self.now)

    def finish(self, model: str) -> list[Effect]:
        """Whatever is under way for the model comes to its end."""
        if model in self.stopping:
            for books in (self.stopping, self.loading, self.resident):
                books.discard(model)
            return self.scheduler.stopped(model, self.now, anew=self.draw.random() < 0.3)
        if model in self.loading:
            self.loading.discard(model)
            self.resident.add(model)
            return self.scheduler.loaded(model, self.sizes[model], self.now)
        if model in self.inspecting:
            self.inspecting.discard(model)
            return self.scheduler.inspected(model, self.sizes[model], KV, self.now)
        return []

    def fail(self, model: str) -> list[Effect]:
        error: MLXJupyterError = self.draw.choice(
            [LoadFailed("no"), WorkerDied("gone"), NotFound("where?")]
        )
        if model in self.stopping or model not in self.loading | self.inspecting:
            return []
        self.loading.discard(model)
        self.inspecting.discard(model)
        if self.draw.random() < 0.3:
            others = self.draw.choice([None, LoadFailed("configured")])
            return self.scheduler.draft_failed(model, error, others, self.now)
        return self.scheduler.load_failed(model, error, self.now)

    def die(self, model: str) -> list[Effect]:
        if model not in self.resident or model in self.stopping:
            return []
        self.resident.discard(model)
        self.void(model)
        return self.scheduler.died(model, WorkerDied("gone"), self.now)

    def void(self, model: str) -> None:
        for ticket in [ticket for ticket in self.granted if self.open[ticket] == model]:
            self.granted.discard(ticket)
            del self.open[ticket]
            self.ended[ticket] = "void"

    def unload(self, model: str) -> list[Effect]:
        force = self.draw.random() < 0.2
        try:
            effects = self.scheduler.unload(model, self.now, force=force)
        except (ModelInUse, NotFound):
            return []
        self.void(model)
        return effects

    def pin(self, model: str) -> list[Effect]:
        try:
            return self.scheduler.pin(model, self.draw.choice(["user", "k1"]), self.now)
        except NotFound:
            return []

    def unpin(self, model: str) -> list[Effect]:
        try:
            return self.scheduler.unpin(model, self.draw.choice(["user", None]), self.now)
        except NotFound:
            return []

    def tick(self, _: str) -> list[Effect]:
        return self.scheduler.tick(self.now)

    def keep(self, model: str) -> list[Effect]:
        """Its worker has read something, and tells what it has in use now."""
        if model not in self.resident - self.stopping:
            return []
        keeper = self.keepers[model]
        keeper.used_bytes = min(keeper.max_bytes, keeper.used_bytes + self.draw.randint(0, 3000))
        live_bytes = self.sizes[model] + keeper.used_bytes
        return self.scheduler.reading(model, live_bytes, self.now, keeper.used_bytes)

    def seats(self) -> list[Slot]:
        there = (State.LOADING, State.READY)
        return [slot for slot in self.scheduler.slots.values() if slot.state in there]

    def fit(self) -> None:
        """As at the end of every event; a worker gives back at once, and says so later."""
        self.keeping.fit(self.scheduler.ledger.free_bytes, self.limits.budget_bytes)

    def press(self, _: str) -> list[Effect]:
        return self.scheduler.press("short of memory", self.now)

    # --- the books ------------------------------------------------------------------------------

    def apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Inspect(model):
                    assert model not in self.loading | self.resident | self.inspecting
                    self.inspecting.add(model)
                case StopInspection(model):
                    self.inspecting.remove(model)
                case StartLoad(model):
                    assert model not in self.loading | self.resident | self.stopping
                    self.keepers[model] = Keeper(self.keeping.begin(model))
                    assert model in self.open.values(), "a load that nobody waits for"
                    self.loading.add(model)
                case StopWorker(model, reason):
                    assert model in self.loading | self.resident
                    assert model not in self.stopping
                    assert not any(self.open[ticket] == model for ticket in self.granted)
                    if reason not in ("asked to", "nobody waits for it any more"):
                        assert model in self.resident
                        assert not self.scheduler.slot(model).pinned
                    self.stopping.add(model)
                case Grant(ticket, model):
                    assert self.open[ticket] == model
                    assert model in self.resident - self.stopping
                    assert ticket not in self.granted
                    self.granted.add(ticket)
                case Refuse(ticket):
                    assert ticket not in self.granted
                    del self.open[ticket]
                    assert ticket not in self.ended
                    self.ended[ticket] = "refused"
        self.fit()

    def check(self) -> None:
        slots = self.scheduler.slots.values()
        assert {ticket for slot in slots for ticket in slot.leases} == self.granted
        assert set(self.scheduler.queue) == self.open.keys() - self.granted
        there = self.resident - self.stopping
        kept_bytes = sum(self.keepers[model].used_bytes for model in there)
        may_keep_bytes = sum(self.keepers[model].max_bytes for model in there)
        free_bytes = self.scheduler.ledger.free_bytes
        assert kept_bytes <= may_keep_bytes <= max(0, free_bytes)
        leaving = (slot for slot in slots if slot.state is State.UNLOADING)
        said_last_bytes = sum(slot.cache_bytes for slot in leaving)  # some was given back since
        assert free_bytes + said_last_bytes >= 0
        if self.limits.max_models:
            assert sum(slot.resident for slot in slots) <= self.limits.max_models
        for slot in slots:
            assert (slot.state is State.READY) == (slot.model in self.resident - self.stopping)
            assert slot.state is not State.ABSENT or not slot.leases

    def drain(self) -> None:
        """Everyone who uses a model goes on until all that wait have been served; nothing new comes
        and nobody pins."""
        for model in "abcde":
            if self.scheduler.slot(model).pinned:
                self.apply(self.scheduler.unpin(model, None, self.now))
        self.scheduler.limits = replace(self.limits)
        for _ in range(40 * (len(self.open) + 5)):
            for model in "abcde":
                self.apply(self.finish(model))
                self.check()
            if self.granted:
                self.apply(self.give_back(min(self.granted)))
            if not self.open and not self.loading and not self.stopping:
                return
        raise AssertionError(f"{len(self.open)} requests starve")
