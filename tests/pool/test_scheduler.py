from __future__ import annotations

import random
from dataclasses import replace

import pytest

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import (
    ExceedsMemory,
    InsufficientMemory,
    LoadFailed,
    ModelInUse,
    ModelNotFound,
    NotFound,
    QueueFull,
    QueueTimeout,
    WorkerDied,
)
from mlx_jupyter.pool.admission import MOST_OVERTAKEN
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
from mlx_jupyter.pool.scheduler import Queueing, Scheduler
from mlx_jupyter.pool.slot import Request, State
from mlx_jupyter.pool.verdict import Limits
from tests.pool.world import World

FAILURE = LoadFailed("no")


class Driver:
    """A scheduler, and the answers of a world in which everything goes well at once."""

    def __init__(
        self,
        budget: int = 100,
        *,
        sizes: dict[str, int] | None = None,
        kv: KVShape | None = None,
        queueing: Queueing | None = None,
        max_batch: int = 16,
        max_models: int = 0,
        policy: Policy = Policy.LRU,
    ) -> None:
        self.sizes = sizes or {}
        self.kv = kv or KVShape()
        self.scheduler = Scheduler(Limits(budget, max_models, policy), queueing, max_batch)
        self.now = 0.0
        self.tickets = 0
        self.log: list[Effect] = []

    def ask(
        self, model: str, *, client: str = "", tokens: int = 0, keep: float | None = None
    ) -> int:
        self.tickets += 1
        self.now += 1
        request = Request(
            self.tickets,
            model,
            sequences_tokens=(tokens,) if tokens else (),
            client=client,
            keep_alive_seconds=keep,
        )
        self.play(self.scheduler.acquire(request, self.now))
        return self.tickets

    def done(self, ticket: int, model: str) -> None:
        self.now += 1
        self.play(self.scheduler.release(ticket, model, self.now))

    def use(self, model: str, **options: object) -> None:
        self.done(self.ask(model, **options), model)  # type: ignore[arg-type]

    def play(self, effects: list[Effect]) -> None:
        self.log += effects
        for effect in effects:
            match effect:
                case Inspect(model):
                    size = self.sizes.get(model, 40)
                    self.play(self.scheduler.inspected(model, size, self.kv, self.now))
                case StartLoad(model):
                    self.play(self.scheduler.loaded(model, self.sizes.get(model, 40), self.now))
                case StopWorker(model):
                    freed = self.scheduler.slot(model).booked_bytes
                    self.host((self.scheduler.limits.host_free_bytes or -freed) + freed)
                    self.play(self.scheduler.stopped(model, self.now))

    def host(self, free_bytes: int) -> None:
        """What the machine has left; 0 is as much as one likes."""
        self.scheduler.limits = replace(self.scheduler.limits, host_free_bytes=free_bytes or None)

    def ready(self) -> set[str]:
        slots = self.scheduler.slots.values()
        return {slot.model for slot in slots if slot.state is State.READY}

    def granted(self) -> list[int]:
        return [effect.ticket for effect in self.log if isinstance(effect, Grant)]

    def loads(self) -> list[str]:
        return [effect.model for effect in self.log if isinstance(effect, StartLoad)]

    def error(self, ticket: int) -> Exception:
        return next(e.error for e in self.log if isinstance(e, Refuse) and e.ticket == ticket)


def fresh(budget: int = 100) -> Scheduler:
    return Scheduler(Limits(budget))


def loading(*tickets: int) -> Scheduler:
    """Of `m`, for these tickets."""
    scheduler = fresh()
    for ticket in tickets:
        scheduler.acquire(Request(ticket, "m"), 0)
    assert scheduler.inspected("m", 40, KVShape(), 0) == [StartLoad("m")]
    return scheduler


def test_a_model_is_looked_at_before_it_is_loaded() -> None:
    scheduler = fresh()
    assert scheduler.acquire(Request(1, "m"), 0) == [Inspect("m")]
    assert scheduler.slot("m").state is State.ABSENT
    assert scheduler.inspected("m", 40, KVShape(), 0) == [StartLoad("m")]
    assert scheduler.ledger.reserved_bytes == 40


def test_a_look_that_nobody_waits_for_any_more_is_ended() -> None:
    scheduler = fresh()
    scheduler.acquire(Request(1, "m"), 0)
    assert scheduler.release(1, "m", 0) == [StopInspection("m")]
    assert scheduler.inspected("m", 40, KVShape(), 0) == []


def test_a_hundred_uses_of_an_absent_model_start_one_load() -> None:
    driver = Driver(max_batch=100)
    for _ in range(100):
        driver.ask("m")
    assert driver.loads() == ["m"]
    assert driver.granted() == list(range(1, 101))


def test_a_failed_load_gives_every_waiter_the_same_error_and_leaves_the_slot_clean() -> None:
    scheduler = loading(1, 2, 3)
    assert scheduler.load_failed("m", FAILURE, 0) == [Refuse(t, FAILURE) for t in (1, 2, 3)]
    slot = scheduler.slot("m")
    assert (slot.state, slot.leases, scheduler.queue) == (State.ABSENT, {}, {})
    assert slot.last_error is FAILURE
    assert scheduler.ledger.booked_bytes == 0
    assert scheduler.acquire(Request(9, "m"), 0) == [Inspect("m")]


def test_a_model_that_does_not_exist_leaves_no_trace() -> None:
    scheduler = fresh()
    scheduler.acquire(Request(1, "typo"), 0)
    scheduler.load_failed("typo", ModelNotFound("no such model"), 0)
    assert scheduler.slots == {}


def test_a_load_that_nobody_waits_for_any_more_is_ended() -> None:
    scheduler = loading(1, 2)
    assert scheduler.release(1, "m", 0) == []
    (stop,) = scheduler.release(2, "m", 0)
    assert isinstance(stop, StopWorker)
    assert scheduler.loaded("m", 40, 0) == []
    assert scheduler.ledger.reserved_bytes == 40
    assert scheduler.stopped("m", 0) == []
    assert scheduler.ledger.booked_bytes == 0


def test_who_comes_while_a_model_is_unloaded_gets_a_new_load() -> None:
    scheduler = loading(1)
    scheduler.loaded("m", 40, 0)
    scheduler.release(1, "m", 0)
    scheduler.unload("m", 0)
    assert scheduler.acquire(Request(2, "m"), 0) == []
    assert scheduler.stopped("m", 0) == [StartLoad("m")]


def test_a_model_in_use_is_not_unloaded_unless_forced() -> None:
    scheduler = loading(1)
    scheduler.loaded("m", 40, 0)
    with pytest.raises(ModelInUse, match="in use by 1 request"):
        scheduler.unload("m", 0)
    assert [type(effect) for effect in scheduler.unload("m", 0, force=True)] == [StopWorker]


def test_a_model_that_is_not_loaded_cannot_be_unloaded() -> None:
    with pytest.raises(NotFound, match="is not loaded"):
        fresh().unload("m", 0)


def test_unloading_a_failed_model_forgets_the_failure() -> None:
    scheduler = loading(1)
    scheduler.load_failed("m", FAILURE, 0)
    assert scheduler.unload("m", 0) == []
    assert scheduler.slot("m").last_error is None


def test_a_dead_worker_voids_its_leases_and_the_next_use_loads_anew() -> None:
    scheduler = loading(1)
    scheduler.loaded("m", 40, 0)
    scheduler.died("m", WorkerDied("gone"), 0)
    assert scheduler.slot("m").leases == {}
    assert scheduler.ledger.booked_bytes == 0
    assert scheduler.release(1, "m", 0) == []
    assert scheduler.acquire(Request(2, "m"), 0) == [Inspect("m")]


def test_pins_outlive_a_dead_worker() -> None:
    scheduler = loading(1)
    scheduler.loaded("m", 40, 0)
    scheduler.pin("m", "user", 0)
    scheduler.died("m", WorkerDied("gone"), 0)
    assert scheduler.slot("m").pinned


def test_crashes_are_counted_until_a_load_succeeds() -> None:
    scheduler = loading(1)
    scheduler.load_failed("m", WorkerDied("gone"), 0)
    scheduler.acquire(Request(2, "m"), 0)
    scheduler.inspected("m", 40, KVShape(), 0)
    scheduler.load_failed("m", WorkerDied("gone"), 0)
    assert scheduler.slot("m").crashes == 2
    scheduler.acquire(Request(3, "m"), 0)
    scheduler.inspected("m", 40, KVShape(), 0)
    scheduler.loaded("m", 40, 0)
    assert (scheduler.slot("m").crashes, scheduler.slot("m").last_error) == (0, None)


# --- room -----------------------------------------------------------------------------------------


def test_two_that_fit_stay_both() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.use("b")
    assert driver.ready() == {"a", "b"}


def test_a_third_evicts_the_one_used_longest_ago() -> None:
    driver = Driver(100)
    for model in ("a", "b", "a", "c"):
        driver.use(model)
    assert driver.ready() == {"a", "c"}


def test_a_load_starts_only_when_its_victim_is_gone() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.use("b")
    scheduler = driver.scheduler
    scheduler.acquire(Request(9, "c"), 9)
    effects = scheduler.inspected("c", 40, KVShape(), 9)
    assert effects == [StopWorker("a", "room for c", "room", "c")]
    assert scheduler.ledger.booked_bytes == 80
    assert scheduler.stopped("a", 9) == [StartLoad("c")]


def test_a_pinned_model_stays_and_the_other_leaves() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.use("b")
    driver.scheduler.pin("a", "user", driver.now)
    driver.use("c")
    assert driver.ready() == {"a", "c"}


def test_when_everything_is_pinned_nothing_leaves_and_the_plan_says_why() -> None:
    driver = Driver(100)
    for model in ("a", "b"):
        driver.use(model)
        driver.scheduler.pin(model, "user", driver.now)
    error = driver.error(driver.ask("c"))
    assert isinstance(error, InsufficientMemory)
    assert not isinstance(error, ExceedsMemory)
    assert "Insufficient memory: need 0.000000040 GB, only 0.000000020 GB" in str(error)
    assert error.plan.pinned == ("a", "b")  # type: ignore[attr-defined]
    assert error.plan.evict == ()  # type: ignore[attr-defined]
    assert driver.ready() == {"a", "b"}


def test_a_draft_that_cannot_be_used_is_the_fault_of_those_who_asked_for_it() -> None:
    scheduler = Scheduler(Limits(100))
    scheduler.acquire(Request(1, "m", draft="d"), 0)
    scheduler.acquire(Request(2, "m"), 0)
    assert scheduler.inspected("m", 60, KVShape(), 0) == [StartLoad("m")]
    assert scheduler.draft_failed("m", FAILURE, None, 0) == [Refuse(1, FAILURE), Inspect("m")]
    assert scheduler.slot("m").last_error is None
    assert scheduler.ledger.booked_bytes == 0
    assert scheduler.inspected("m", 40, KVShape(), 0) == [StartLoad("m")]
    assert scheduler.loaded("m", 40, 0) == [Grant(2, "m", ())]


def test_a_draft_that_is_configured_and_cannot_be_used_is_a_failure_of_the_model() -> None:
    scheduler, configured = Scheduler(Limits(100)), LoadFailed("configured")
    scheduler.acquire(Request(1, "m", draft="d"), 0)
    scheduler.acquire(Request(2, "m"), 0)
    told = scheduler.draft_failed("m", FAILURE, configured, 0)
    assert told == [Refuse(1, FAILURE), Refuse(2, configured)]
    assert scheduler.slot("m").last_error is configured


def test_a_model_that_is_wanted_in_another_way_as_it_leaves_is_looked_at_anew() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.scheduler.unload("a", 9)
    driver.scheduler.acquire(Request(99, "a", draft="d"), 9)
    assert driver.scheduler.stopped("a", 9, anew=True) == [Inspect("a")]


def test_what_could_not_fit_into_an_empty_pool_is_another_error_and_evicts_nobody() -> None:
    driver = Driver(100, sizes={"huge": 101})
    driver.use("a")
    error = driver.error(driver.ask("huge"))
    assert isinstance(error, ExceedsMemory)
    assert not error.may_retry
    assert driver.ready() == {"a"}


def test_keys_and_values_are_booked_with_the_model_and_freed_with_the_request() -> None:
    driver = Driver(1000, kv=KVShape(bytes_per_token=1))
    ticket = driver.ask("a", tokens=300)
    assert driver.scheduler.ledger.kv_bytes == 512
    driver.done(ticket, "a")
    assert driver.scheduler.ledger.kv_bytes == 0


def test_a_short_request_is_not_booked_as_long_as_its_long_neighbour() -> None:
    driver = Driver(10_000, kv=KVShape(bytes_per_token=1))
    driver.ask("a", tokens=4000)
    driver.ask("a", tokens=100)
    assert driver.scheduler.ledger.kv_bytes == 4096 + 768


def test_a_request_whose_keys_and_values_never_fit_is_refused_as_such() -> None:
    driver = Driver(1000, kv=KVShape(bytes_per_token=1))
    driver.use("a")
    assert isinstance(driver.error(driver.ask("a", tokens=2000)), ExceedsMemory)


def test_idle_models_leave_for_a_long_answer() -> None:
    driver = Driver(580, kv=KVShape(bytes_per_token=1))
    driver.use("b")
    driver.use("a")
    ticket = driver.ask("a", tokens=512)
    assert driver.ready() == {"a"}
    assert ticket in driver.granted()


def test_a_request_waits_for_the_keys_and_values_of_another_of_its_model() -> None:
    driver = Driver(600, kv=KVShape(bytes_per_token=1))
    first = driver.ask("a", tokens=512)
    second = driver.ask("a", tokens=512)
    assert driver.granted() == [first]
    driver.done(first, "a")
    assert driver.granted() == [first, second]


def test_the_larger_of_estimate_and_measurement_is_booked() -> None:
    scheduler = loading(1)
    scheduler.loaded("m", 50, 0)
    assert scheduler.ledger.resident_bytes == 50


def test_readings_over_the_budget_make_idle_models_leave() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.ask("b")
    driver.play(driver.scheduler.reading("b", 70, driver.now))
    assert driver.ready() == {"b"}


def test_what_a_worker_keeps_for_speed_is_in_nobodys_way() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.play(driver.scheduler.reading("a", 90, driver.now, cache_bytes=50))
    assert driver.scheduler.ledger.booked_bytes == 40
    driver.use("b")
    assert driver.ready() == {"a", "b"}


def test_a_process_that_ends_still_holds_what_it_kept() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.scheduler.reading("a", 90, driver.now, cache_bytes=50)
    driver.scheduler.unload("a", driver.now)
    assert driver.scheduler.ledger.booked_bytes == 90
    driver.scheduler.stopped("a", driver.now)
    assert driver.scheduler.ledger.booked_bytes == 0


def test_what_a_worker_keeps_counts_as_left_over_by_the_machine() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.scheduler.reading("a", 70, driver.now, cache_bytes=30)
    driver.host(15)
    driver.use("b")
    assert driver.ready() == {"a", "b"}


def test_places_are_limited_too() -> None:
    driver = Driver(1000, max_models=2)
    for model in ("a", "b", "c"):
        driver.use(model)
    assert driver.ready() == {"b", "c"}


def test_when_all_places_are_pinned_the_refusal_says_so() -> None:
    driver = Driver(1000, max_models=1)
    driver.use("a")
    driver.scheduler.pin("a", "user", driver.now)
    error = str(driver.error(driver.ask("b")))
    assert "max_models is 1" in error
    assert error.endswith("Unpin one, or raise max_models.")


def test_who_waits_behind_others_is_told_what_is_in_use() -> None:
    driver = Driver(60)
    driver.ask("a")
    driver.ask("b")
    last = driver.ask("b")
    assert driver.scheduler.plans[last].wait_for == ("a",)


def test_memory_that_other_programs_took_limits_loads() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.host(10)
    driver.use("b")
    assert driver.ready() == {"b"}, "only a's leaving makes room on this machine"


def test_when_the_machine_has_too_little_whoever_leaves_the_refusal_says_so() -> None:
    driver = Driver(100)
    driver.host(10)
    error = driver.error(driver.ask("a"))
    assert isinstance(error, InsufficientMemory)
    assert "other programs use the memory of this machine" in str(error)


def test_a_request_whose_policy_differs_evicts_by_its_own() -> None:
    driver = Driver(100, sizes={"small": 20, "big": 60, "new": 50})
    driver.use("small")
    driver.use("big")
    request = Request(99, "new", policy=Policy.LARGEST)
    driver.play(driver.scheduler.acquire(request, driver.now))
    assert driver.ready() == {"small", "new"}


# --- the queue --------------------------------------------------------------------------------


def test_a_request_waits_for_a_busy_model_and_is_served_when_it_is_free() -> None:
    driver = Driver(60)
    first = driver.ask("a")
    second = driver.ask("b")
    assert driver.ready() == {"a"}
    assert driver.scheduler.plans[second].wait_for == ("a",)
    driver.done(first, "a")
    assert driver.ready() == {"b"}
    assert second in driver.granted()


def test_alternating_requests_are_grouped() -> None:
    driver = Driver(60)
    tickets = [(driver.ask(model), model) for model in ("a", "b", "a", "b", "a", "b")]
    for ticket, model in sorted(tickets, key=lambda pair: pair[1]):
        driver.done(ticket, model)
    assert driver.loads() == ["a", "b"]


def test_nobody_is_overtaken_for_ever() -> None:
    driver = Driver(60)
    running = driver.ask("a")
    waiting = driver.ask("b")
    for _ in range(3 * MOST_OVERTAKEN):
        following = driver.ask("a")
        driver.done(running, "a")
        running = following
        if waiting in driver.granted():
            break
    assert waiting in driver.granted()


def test_a_model_that_fits_beside_is_not_held_up_by_who_waits() -> None:
    driver = Driver(100, sizes={"a": 60, "b": 90, "c": 5})
    driver.ask("a")
    driver.ask("c")
    blocked = driver.ask("b")
    other = driver.ask("c")
    assert other in driver.granted()
    assert blocked not in driver.granted()


def test_a_late_kernel_is_not_behind_all_of_an_early_one() -> None:
    driver = Driver(100, max_batch=1)
    mapped = [driver.ask("a", client="k1", tokens=1) for _ in range(6)]
    cell = driver.ask("a", client="k2", tokens=1)
    for ticket in mapped[:2]:
        driver.done(ticket, "a")
    assert cell in driver.granted()


def test_who_waits_for_others_for_too_long_is_refused() -> None:
    driver = Driver(60, queueing=Queueing(timeout_seconds=5))
    driver.ask("a")
    late = driver.ask("b")
    assert driver.scheduler.due == driver.now + 5
    driver.play(driver.scheduler.tick(driver.now + 5))
    error = driver.error(late)
    assert isinstance(error, QueueTimeout)
    assert "waited 5 s for room; in use: a" in str(error)


def test_only_so_many_wait_for_others() -> None:
    driver = Driver(60, queueing=Queueing(max_queue=1))
    driver.ask("a")
    driver.ask("b")
    error = driver.error(driver.ask("c"))
    assert type(error) is QueueFull
    assert error.status == 429
    assert error.retry_after_seconds


def test_those_who_wait_for_a_load_are_not_in_the_queue_for_room() -> None:
    scheduler = loading(1)
    for ticket in range(2, 200):
        assert scheduler.acquire(Request(ticket, "m"), 0) == []


def test_a_worker_has_one_batch_in_waiting_and_the_rest_waits_here() -> None:
    driver = Driver(100, max_batch=2)
    tickets = [driver.ask("a", tokens=1) for _ in range(7)]
    assert driver.granted() == tickets[:4]
    driver.done(tickets[0], "a")
    assert driver.granted() == tickets[:5]


# --- time and pressure --------------------------------------------------------------------------


def test_an_idle_model_leaves_when_its_time_since_the_last_use_is_over() -> None:
    driver = Driver(100)
    ticket = driver.ask("a", keep=10)
    driver.now += 100
    driver.play(driver.scheduler.tick(driver.now))
    assert driver.ready() == {"a"}, "it is in use"
    driver.done(ticket, "a")
    assert driver.scheduler.due == driver.now + 10
    driver.play(driver.scheduler.tick(driver.now + 9.9))
    assert driver.ready() == {"a"}
    driver.play(driver.scheduler.tick(driver.now + 10))
    assert driver.ready() == set()


def test_keep_alive_zero_unloads_at_once() -> None:
    driver = Driver(100)
    driver.use("a", keep=0.0)
    assert driver.ready() == set()


def test_a_pinned_model_does_not_expire_and_counts_from_its_unpinning() -> None:
    driver = Driver(100)
    ticket = driver.ask("a", keep=10)
    driver.scheduler.pin("a", "user", driver.now)
    driver.done(ticket, "a")
    assert driver.scheduler.due is None
    driver.now += 100
    driver.scheduler.unpin("a", None, driver.now)
    assert driver.scheduler.due == driver.now + 10


def test_one_pin_of_two_keeps_a_model() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.scheduler.pin("a", "user", 0)
    driver.scheduler.pin("a", "kernel-1", 0)
    driver.scheduler.unpin("a", "kernel-1", 0)
    assert driver.scheduler.slot("a").pinned_by == {"user"}
    driver.scheduler.unpin("a", None, 0)
    assert not driver.scheduler.slot("a").pinned


def test_an_absent_model_cannot_be_pinned() -> None:
    with pytest.raises(NotFound, match="load it to pin it"):
        fresh().pin("m", "user", 0)


def test_under_pressure_one_idle_model_leaves_at_a_time() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.use("b")
    driver.play(driver.scheduler.press("short of memory", driver.now))
    assert driver.ready() == {"b"}


def test_while_loads_are_refused_loaded_models_answer() -> None:
    driver = Driver(100)
    driver.use("a")
    driver.scheduler.limits = Limits(100, refusing="the machine has 0.5 GB left")
    assert driver.ask("a") in driver.granted()
    error = driver.error(driver.ask("b"))
    assert isinstance(error, InsufficientMemory)
    assert "the machine has 0.5 GB left" in str(error)


# --- what is promised -----------------------------------------------------------------------------


def test_a_plan_counts_the_keys_and_values_of_its_request() -> None:
    driver = Driver(100, kv=KVShape(fixed_bytes=30))
    plan = driver.scheduler.plan(Request(9, "a", sequences_tokens=(1,)), 40, driver.kv)
    assert (plan.fits, plan.needed_bytes, plan.kv_bytes) == (True, 70, 30)
    plain = driver.scheduler.plan(Request(9, "a"), 40, driver.kv)
    assert (plain.needed_bytes, plain.kv_bytes) == (40, 0)


def test_a_plan_for_a_loaded_model_says_whether_the_request_fits_and_who_would_leave() -> None:
    driver = Driver(100, kv=KVShape(fixed_bytes=30))
    for model in ("a", "b"):
        driver.use(model)
    one = driver.scheduler.plan(Request(9, "a", sequences_tokens=(1,)), 40, driver.kv)
    assert (one.resident, one.fits, one.evict) == (True, True, ("b",))
    assert (one.needed_bytes, one.kv_bytes) == (30, 30)
    many = driver.scheduler.plan(Request(9, "a", sequences_tokens=(1,) * 3), 40, driver.kv)
    assert (many.resident, many.fits, many.kv_bytes) == (True, False, 90)
    assert driver.ready() == {"a", "b"}


def test_a_plan_for_a_model_that_is_loading_counts_them_too() -> None:
    driver = Driver(100, kv=KVShape(fixed_bytes=30))
    driver.scheduler.acquire(Request(1, "a"), 0.0)
    driver.scheduler.inspected("a", 40, driver.kv, 0.0)
    plan = driver.scheduler.plan(Request(9, "a", sequences_tokens=(1,)), 40, driver.kv)
    assert (plan.reason, plan.kv_bytes) == ("a is being loaded.", 30)


@pytest.mark.parametrize("seed", range(40))
def test_a_plan_says_what_a_load_then_does(seed: int) -> None:
    draw = random.Random(seed)
    sizes = {model: draw.randint(10, 60) for model in "abcdef"}
    driver = Driver(100, sizes=sizes, policy=draw.choice(list(Policy)))
    for _ in range(60):
        model = draw.choice("abcdef")
        plan = driver.scheduler.plan(Request(10**6, model), sizes[model], driver.kv)
        before = len(driver.log)
        ticket = driver.ask(model)
        left = tuple(e.model for e in driver.log[before:] if isinstance(e, StopWorker))
        refused = any(isinstance(e, Refuse) for e in driver.log[before:])
        assert left == (() if plan.wait_for else plan.evict)
        assert refused is not plan.fits
        assert (ticket in driver.granted()) == (plan.fits and not plan.wait_for)
        if refused:
            assert driver.error(ticket).plan == plan  # type: ignore[attr-defined]
        slots = [slot for slot in driver.scheduler.slots.values() if slot.resident]
        for slot in slots:
            if draw.random() < 0.3 and slot.state is State.READY:
                driver.play(driver.scheduler.pin(slot.model, "user", driver.now))
            elif draw.random() < 0.6 and slot.resident:
                driver.play(driver.scheduler.unpin(slot.model, None, driver.now))
            for lease in list(slot.leases):
                if draw.random() < 0.6:
                    driver.done(lease, slot.model)


@pytest.mark.parametrize("seed", range(200))
def test_whatever_happens_nothing_is_lost_overbooked_or_taken_away_in_use(seed: int) -> None:
    world = World(seed)
    for _ in range(250):
        world.turn()
    world.drain()
    assert set(world.ended) == set(range(1, world.tickets + 1))
    assert not any(slot.leases for slot in world.scheduler.slots.values())
