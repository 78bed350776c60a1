from __future__ import annotations

import random

import pytest

from mlx_jupyter.errors import LoadFailed, ModelInUse, NotFound, WorkerDied
from mlx_jupyter.pool.scheduler import Effect, Grant, Refuse, Scheduler, StartLoad, StopWorker
from mlx_jupyter.pool.slot import State

FAILURE = LoadFailed("no")


def ready(model: str = "m") -> Scheduler:
    scheduler = Scheduler()
    scheduler.acquire(0, model)
    scheduler.loaded(model)
    scheduler.release(0, model)
    return scheduler


def test_the_first_use_starts_a_load_and_waits() -> None:
    scheduler = Scheduler()
    assert scheduler.acquire(1, "m") == [StartLoad("m")]
    assert scheduler.slot("m").state is State.LOADING


def test_a_hundred_uses_of_an_absent_model_start_one_load_and_are_granted_in_order() -> None:
    scheduler = Scheduler()
    effects = [effect for ticket in range(100) for effect in scheduler.acquire(ticket, "m")]
    assert effects == [StartLoad("m")]
    assert scheduler.loaded("m") == [Grant(ticket, "m") for ticket in range(100)]


def test_a_ready_model_grants_at_once() -> None:
    assert ready().acquire(1, "m") == [Grant(1, "m")]


def test_a_failed_load_gives_every_waiter_the_same_error_and_leaves_the_slot_clean() -> None:
    scheduler = Scheduler()
    for ticket in range(3):
        scheduler.acquire(ticket, "m")
    assert scheduler.load_failed("m", FAILURE) == [Refuse(ticket, FAILURE) for ticket in range(3)]
    slot = scheduler.slot("m")
    assert (slot.state, slot.waiting, slot.leases) == (State.ABSENT, [], set())
    assert slot.last_error is FAILURE
    assert scheduler.acquire(9, "m") == [StartLoad("m")]


def test_a_load_that_nobody_waits_for_any_more_is_ended() -> None:
    scheduler = Scheduler()
    scheduler.acquire(1, "m")
    scheduler.acquire(2, "m")
    assert scheduler.release(1, "m") == []
    assert scheduler.release(2, "m") == [StopWorker("m")]
    assert scheduler.loaded("m") == []
    assert scheduler.stopped("m") == []
    assert scheduler.slot("m").state is State.ABSENT


def test_who_comes_while_a_model_is_unloaded_gets_a_new_load() -> None:
    scheduler = ready()
    assert scheduler.unload("m") == [StopWorker("m")]
    assert scheduler.acquire(1, "m") == []
    assert scheduler.stopped("m") == [StartLoad("m")]
    assert scheduler.loaded("m") == [Grant(1, "m")]


def test_a_model_in_use_is_not_unloaded_unless_forced() -> None:
    scheduler = ready()
    scheduler.acquire(1, "m")
    with pytest.raises(ModelInUse, match="in use by 1 request"):
        scheduler.unload("m")
    assert scheduler.unload("m", force=True) == [StopWorker("m")]


def test_a_model_that_is_not_loaded_cannot_be_unloaded() -> None:
    with pytest.raises(NotFound, match="is not loaded"):
        Scheduler().unload("m")


def test_a_dead_worker_voids_its_leases_and_the_next_use_loads_anew() -> None:
    scheduler = ready()
    scheduler.acquire(1, "m")
    scheduler.died("m", WorkerDied("gone"))
    assert scheduler.slot("m").leases == set()
    assert scheduler.release(1, "m") == []
    assert scheduler.acquire(2, "m") == [StartLoad("m")]


def test_the_last_error_is_forgotten_when_a_load_succeeds() -> None:
    scheduler = ready()
    scheduler.died("m", WorkerDied("gone"))
    scheduler.acquire(1, "m")
    assert scheduler.slot("m").last_error is not None
    scheduler.loaded("m")
    assert scheduler.slot("m").last_error is None


class World:
    """Plays the rest of the program at random and keeps the books that the scheduler must agree
    with."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.scheduler = Scheduler()
        self.open: dict[int, str] = {}
        self.granted: set[int] = set()
        self.loading: set[str] = set()
        self.stopping: set[str] = set()
        self.resident: set[str] = set()
        self.ticket = 0

    def turn(self) -> None:
        model = self.draw.choice("abc")
        action = self.draw.choice(
            [
                self.acquire,
                self.acquire,
                self.release,
                self.finish,
                self.fail,
                self.die,
                self.unload,
            ]
        )
        self.apply(action(model))
        self.check()

    def acquire(self, model: str) -> list[Effect]:
        self.ticket += 1
        self.open[self.ticket] = model
        return self.scheduler.acquire(self.ticket, model)

    def release(self, _: str) -> list[Effect]:
        if not self.open:
            return []
        ticket = self.draw.choice(list(self.open))
        model = self.open.pop(ticket)
        self.granted.discard(ticket)
        return self.scheduler.release(ticket, model)

    def finish(self, model: str) -> list[Effect]:
        if model in self.stopping:
            self.stopping.discard(model)
            self.loading.discard(model)
            self.resident.discard(model)
            return self.scheduler.stopped(model)
        if model in self.loading:
            self.loading.discard(model)
            self.resident.add(model)
            return self.scheduler.loaded(model)
        return []

    def fail(self, model: str) -> list[Effect]:
        if model not in self.loading or model in self.stopping:
            return []
        self.loading.discard(model)
        return self.scheduler.load_failed(model, FAILURE)

    def die(self, model: str) -> list[Effect]:
        if model not in self.resident or model in self.stopping:
            return []
        self.resident.discard(model)
        gone = {ticket for ticket in self.granted if self.open[ticket] == model}
        self.granted -= gone
        for ticket in gone:
            del self.open[ticket]
        return self.scheduler.died(model, WorkerDied("gone"))

    def unload(self, model: str) -> list[Effect]:
        try:
            return self.scheduler.unload(model)
        except (ModelInUse, NotFound):
            return []

    def apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case StartLoad(model):
                    assert model not in self.loading | self.resident | self.stopping
                    self.loading.add(model)
                case StopWorker(model):
                    assert model in self.loading | self.resident
                    assert not any(self.open[ticket] == model for ticket in self.granted)
                    self.stopping.add(model)
                case Grant(ticket, model):
                    assert self.open[ticket] == model
                    assert model in self.resident - self.stopping
                    assert ticket not in self.granted
                    self.granted.add(ticket)
                case Refuse(ticket, _):
                    assert ticket not in self.granted
                    del self.open[ticket]

    def check(self) -> None:
        slots = self.scheduler.slots.values()
        assert {ticket for slot in slots for ticket in slot.leases} == self.granted
        assert {t for slot in slots for t in slot.waiting} == self.open.keys() - self.granted
        for slot in slots:
            if slot.waiting:
                assert slot.model in self.loading | self.stopping


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_no_ticket_is_lost_and_no_used_model_is_ended(seed: int) -> None:
    world = World(seed)
    for _ in range(400):
        world.turn()
    for ticket, model in list(world.open.items()):
        del world.open[ticket]
        world.granted.discard(ticket)
        world.apply(world.scheduler.release(ticket, model))
    for _ in range(3):
        for model in "abc":
            world.apply(world.finish(model))
    assert not world.loading
    assert not world.stopping
