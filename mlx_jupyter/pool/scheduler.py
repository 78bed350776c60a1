"""What happens next: an event comes in, effects go out. No clock, no process, no waiting.

A ticket stands for one use of one model, from `acquire` to `release`. Who may go on is decided in
`admission`; here is what that does to the slots, and what else happens to them:

1. A model that nobody waits for yet is looked at first: its size is not known before.
2. One load serves all who wait for it. Those are granted before anyone may evict it again.
3. When a load fails, all who wait for it are refused with the same error, and the slot is clean.
   When only its draft cannot be used, those who asked for it are; for others it is looked at anew.
4. When the last one who waits for a load goes away, the load is ended: nobody wants it.
5. When a worker dies, its leases are void and the next use loads anew. Pins outlive it.
6. A model that someone uses is not unloaded, unless forced.
7. An idle model that nobody pinned is unloaded when its `keep_alive` has passed since the end of
   its last use.
8. Who has waited for others for `queue_timeout_seconds` is refused, and so is who comes when
   `max_queue` wait for others already.
9. When readings exceed the budget, idle models leave until they do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import msgspec

from mlx_jupyter.catalog.kv_cache import KVShape
from mlx_jupyter.errors import (
    MLXJupyterError,
    ModelInUse,
    ModelNotAllowed,
    NotFound,
    QueueFull,
    QueueTimeout,
    WorkerDied,
)
from mlx_jupyter.pool.admission import judge
from mlx_jupyter.pool.effects import (
    Cause,
    Effect,
    Grant,
    Inspect,
    Refuse,
    StartLoad,
    StopInspection,
    StopWorker,
)
from mlx_jupyter.pool.eviction import Room, Seat, choose, in_order
from mlx_jupyter.pool.ledger import Ledger, ledger_of
from mlx_jupyter.pool.plan import Plan
from mlx_jupyter.pool.queue import Turns
from mlx_jupyter.pool.refusal import too_busy
from mlx_jupyter.pool.rows import Decoding
from mlx_jupyter.pool.slot import Request, Slot, State
from mlx_jupyter.pool.verdict import Evict, GoOn, Limits, Refused, Start, Verdict, Wait

__all__ = ["Queueing", "Scheduler"]


@dataclass(frozen=True)
class Queueing:
    """How long, and how many, requests may wait for others to end."""

    timeout_seconds: float = 300.0
    max_queue: int = 64


class Scheduler:
    """`now` is in seconds, on a clock that never goes back."""

    def __init__(
        self, limits: Limits, queueing: Queueing | None = None, max_batch: int = 16
    ) -> None:
        self.limits = limits
        self.slots: dict[str, Slot] = {}
        self.queue: dict[int, Request] = {}
        self.plans: dict[int, Plan] = {}
        self._queueing = queueing or Queueing()
        self._max_batch = max_batch
        self._turns = Turns()

    def slot(self, model: str) -> Slot:
        """The model's slot; one that was never asked for is ABSENT."""
        return self.slots.get(model) or Slot(model, self._max_batch)

    @property
    def ledger(self) -> Ledger:
        return ledger_of(self.slots.values(), self.limits.budget_bytes)

    def waiting(self, model: str) -> list[Request]:
        return [request for request in self.queue.values() if request.model == model]

    def plan(
        self,
        request: Request,
        footprint_bytes: int,
        kv: KVShape,
        decoding: Decoding = Decoding.LANES,
    ) -> Plan:
        """What would happen if `request` came now. `footprint_bytes` of an absent model is new."""
        slots = dict(self.slots)
        slot = self.slot(request.model)
        if slot.state is State.ABSENT:
            slot = replace(slot, footprint_bytes=footprint_bytes, kv=kv, decoding=decoding)
        slots[request.model] = slot
        request.turn = self._turns.next(request.client)
        verdicts = judge(slots, [*self.queue.values(), request], self.limits)
        # What waits for a load counts nothing.
        return msgspec.structs.replace(
            verdicts[request.ticket].plan, kv_bytes=slot.kv_bytes_of([request])
        )

    # --- requests -------------------------------------------------------------------------------

    def acquire(self, request: Request, now: float) -> list[Effect]:
        slot = self.slots.setdefault(request.model, Slot(request.model, self._max_batch))
        unknown = slot.state is State.ABSENT and not self.waiting(request.model)
        self.queue[request.ticket] = request
        request.turn = self._turns.take(request.client)
        if unknown:  # 1
            return [self._look_at(slot)]
        return self._advance(now)

    def _look_at(self, slot: Slot) -> Inspect:
        slot.inspecting, slot.footprint_bytes = True, None
        return Inspect(slot.model)

    def release(self, ticket: int, model: str, now: float) -> list[Effect]:
        """The use is over, or was given up while it waited. A ticket that is void is no error."""
        slot = self.slots.get(model)
        if slot is None:
            return []
        ended: list[Effect] = []
        if ticket in self.queue:
            self._forget(ticket)
            ended = self._end_what_nobody_wants(slot)
        elif ticket in slot.leases:
            request = slot.leases.pop(ticket)
            slot.last_used = slot.rested_since = now
            slot.keep_alive_seconds = request.keep_alive_seconds
        return [*ended, *self._advance(now)]

    def _end_what_nobody_wants(self, slot: Slot) -> list[Effect]:
        if self.waiting(slot.model):
            return []
        if slot.state is State.LOADING:  # 4
            slot.state = State.UNLOADING
            return [StopWorker(slot.model, "nobody waits for it any more", "unwanted")]
        if slot.inspecting:
            slot.inspecting = False
            return [StopInspection(slot.model)]
        return []

    # --- what became of a model -------------------------------------------------------------------

    def inspected(
        self,
        model: str,
        footprint_bytes: int,
        kv: KVShape,
        now: float,
        decoding: Decoding = Decoding.LANES,
    ) -> list[Effect]:
        slot = self.slots[model]
        if not slot.inspecting:
            return []
        slot.inspecting, slot.footprint_bytes = False, footprint_bytes
        slot.kv, slot.decoding = kv, decoding
        return self._advance(now)

    def loaded(self, model: str, measured_bytes: int, now: float) -> list[Effect]:
        """The larger of estimate and measurement is booked from now on: arrays that are touched
        late make the first reading too small."""
        slot = self.slots[model]
        if slot.state is not State.LOADING:
            return []
        slot.state, slot.last_error, slot.crashes = State.READY, None, 0
        slot.footprint_bytes = max(slot.footprint_bytes or 0, measured_bytes)
        slot.last_used = slot.rested_since = now
        if slot.opener is not None:
            slot.keep_alive_seconds = slot.opener.keep_alive_seconds
        granted = self._grant_who_waited(model, now)  # 2
        slot.opener = None
        return [*granted, *self._shed_excess(), *self._advance(now)]

    def _grant_who_waited(self, model: str, now: float) -> list[Effect]:
        verdicts = judge(self.slots, self.waiting(model), self.limits)
        return [
            effect
            for ticket, verdict in verdicts.items()
            if isinstance(verdict, GoOn)
            for effect in self._carry_out(ticket, verdict, now)
        ]

    def load_failed(self, model: str, error: MLXJupyterError, now: float) -> list[Effect]:
        """The load, or the look at the model that comes before it."""
        slot = self.slots[model]
        if slot.state is not State.LOADING and not slot.inspecting:
            return []
        slot.state, slot.inspecting, slot.opener = State.ABSENT, False, None
        slot.last_error = error
        slot.forget_reading()
        slot.crashes += isinstance(error, WorkerDied)
        refused = [Refuse(request.ticket, error) for request in self.waiting(model)]  # 3
        for refusal in refused:
            self._forget(refusal.ticket)
        if isinstance(error, NotFound | ModelNotAllowed):
            del self.slots[model]  # there is no such model: a typing error leaves no trace
        return [*refused, *self._advance(now)]

    def draft_failed(
        self, model: str, error: MLXJupyterError, others: MLXJupyterError | None, now: float
    ) -> list[Effect]:
        """The model was not loaded for its draft. Who asked for no draft is told `others`; with
        None it is looked at anew for them. The model itself has not failed then."""
        slot = self.slots[model]
        if slot.state is not State.LOADING and not slot.inspecting:
            return []
        slot.state, slot.inspecting, slot.opener = State.ABSENT, False, None
        slot.forget_reading()
        slot.last_error = others or slot.last_error
        told = {one.ticket: error if one.draft else others for one in self.waiting(model)}
        refused = [Refuse(ticket, why) for ticket, why in told.items() if why is not None]
        for refusal in refused:
            self._forget(refusal.ticket)
        anew = [self._look_at(slot)] if self.waiting(model) else []
        return [*refused, *anew, *self._advance(now)]

    def died(self, model: str, error: MLXJupyterError, now: float) -> list[Effect]:
        """A READY model's process ended without being told to. Its streams fail by themselves."""
        slot = self.slots[model]
        if slot.state is not State.READY:
            return []
        slot.state, slot.last_error = State.ABSENT, error  # 5
        slot.forget_reading()
        slot.leases.clear()
        return self._advance(now)

    def unload(self, model: str, now: float, *, force: bool = False) -> list[Effect]:
        """Takes the pins too, and the memory of a failure. Raises `NotFound` for a model that is
        not resident, `ModelInUse` for one in use (6)."""
        slot = self.slot(model)
        if slot.state is State.ABSENT and (slot.last_error or slot.pinned):
            slot.last_error, slot.crashes = None, 0
            slot.pinned_by.clear()
            return []
        if slot.state not in (State.READY, State.LOADING):
            raise NotFound(f"Model '{model}' is not loaded.", param="model")
        if not slot.idle and not force:
            uses = len(slot.leases) or len(self.waiting(model))
            raise ModelInUse(
                f"Model '{model}' is in use by {uses} request{'s' * (uses != 1)}. "
                "Wait, or force it.",
                param="model",
            )
        refused = self._refuse_who_waits(slot) if slot.state is State.LOADING else []
        slot.state = State.UNLOADING
        slot.leases.clear()
        slot.pinned_by.clear()
        return [*refused, StopWorker(model, "asked to", "asked"), *self._advance(now)]

    def _refuse_who_waits(self, slot: Slot) -> list[Effect]:
        error = WorkerDied(f"Model '{slot.model}' was unloaded while it was being loaded.")
        refused = [Refuse(request.ticket, error) for request in self.waiting(slot.model)]
        for refusal in refused:
            self._forget(refusal.ticket)
        return list(refused)

    def stopped(self, model: str, now: float, *, anew: bool = False) -> list[Effect]:
        """The process has ended and its memory is free. `anew`: who waits for the model wants it
        loaded in another way."""
        slot = self.slots[model]
        if slot.state is not State.UNLOADING:
            return []
        slot.state, slot.opener = State.ABSENT, None
        slot.forget_reading()
        look = [self._look_at(slot)] if anew and self.waiting(model) else []
        return [*look, *self._advance(now)]

    # --- pins, time, memory -----------------------------------------------------------------------

    def pin(self, model: str, by: str, now: float) -> list[Effect]:
        """Raises `NotFound` for a model that is not resident."""
        slot = self.slot(model)
        if slot.state not in (State.LOADING, State.READY):
            raise NotFound(f"Model '{model}' is not loaded; load it to pin it.", param="model")
        slot.pinned_by.add(by)
        return self._advance(now)

    def unpin(self, model: str, by: str | None, now: float) -> list[Effect]:
        """One pin, or with None all of them. Its `keep_alive` counts from now."""
        slot = self.slot(model)
        if not slot.resident and not slot.pinned:
            raise NotFound(f"Model '{model}' is not loaded.", param="model")
        slot.pinned_by -= {by} if by is not None else set(slot.pinned_by)
        slot.rested_since = now
        return self._advance(now)

    def tick(self, now: float) -> list[Effect]:
        """Something is `due`, or the limits have changed."""
        seconds = round(self._queueing.timeout_seconds)
        late = [one for one in self._blocked() if now >= self._gives_up_at(one)]
        refused = [self._refuse_as(QueueTimeout, request, seconds) for request in late]  # 8
        return [*refused, *self._advance(now)]

    @property
    def due(self) -> float | None:
        """When `tick` should be called next."""
        times = [slot.expires_at for slot in self.slots.values() if slot.expires_at is not None]
        times += [self._gives_up_at(request) for request in self._blocked()]
        return min(times, default=None)

    def press(self, reason: str, now: float) -> list[Effect]:
        """The machine is short of memory: the first idle model that nobody pinned leaves. No effect
        where there is none."""
        victims = in_order(self.evictable, self.limits.policy)[:1]
        stops = [self._stop(seat.model, reason, "pressure") for seat in victims]
        return [*stops, *self._advance(now)] if stops else []

    def reading(
        self, model: str, live_bytes: int, now: float, cache_bytes: int = 0
    ) -> list[Effect]:
        """What a worker has in use, `cache_bytes` of it for speed only."""
        slot = self.slot(model)
        if slot.state is not State.READY:
            return []
        slot.cache_bytes, live_bytes = cache_bytes, max(0, live_bytes - cache_bytes)
        if slot.live_bytes == live_bytes:
            return []
        slot.live_bytes = live_bytes
        return [*self._shed_excess(), *self._advance(now)]

    def _shed_excess(self) -> list[Effect]:
        going = (slot for slot in self.slots.values() if slot.state is State.UNLOADING)
        over_bytes = -self.ledger.free_bytes - sum(slot.booked_bytes for slot in going)
        seats, policy = self.evictable, self.limits.policy
        victims = choose(seats, Room(0, 0), Room(max(0, over_bytes), 0), policy)  # 9
        leaving = in_order(seats, policy) if victims is None else victims
        reason = "more in use than the budget allows"
        return [self._stop(seat.model, reason, "budget") for seat in leaving]

    @property
    def evictable(self) -> list[Seat]:
        return [slot.seat for slot in self.slots.values() if slot.idle and not slot.pinned]

    # --- carrying out -----------------------------------------------------------------------------

    def _advance(self, now: float) -> list[Effect]:
        effects: list[Effect] = []
        for ticket, verdict in judge(self.slots, self.queue.values(), self.limits).items():
            effects += self._carry_out(ticket, verdict, now)
        effects += self._expire(now)
        blocked = self._blocked()
        crowded = blocked[self._queueing.max_queue :]
        effects += [self._refuse_as(QueueFull, one, len(blocked) - 1) for one in crowded]  # 8
        return [*effects, *self._advance(now)] if crowded else effects

    def _carry_out(self, ticket: int, verdict: Verdict, now: float) -> Iterator[Effect]:
        request = self.queue[ticket]
        slot = self.slots[request.model]
        self.plans[ticket] = verdict.plan
        waits = isinstance(verdict, Wait) and verdict.for_others
        request.blocked_since = (request.blocked_since or now) if waits else None
        match verdict:
            case GoOn(overtaken=overtaken):
                self._forget(ticket)
                slot.leases[ticket] = request
                slot.last_used = now
                self._turns.serve(request.turn)
                for other in overtaken:
                    self.queue[other].overtaken += 1
                yield Grant(ticket, request.model, tuple(request.evicted))
            case Start():
                slot.state, slot.opener = State.LOADING, request
                yield StartLoad(request.model)
            case Evict(plan):
                for waiting in self.waiting(request.model):
                    waiting.evicted += plan.evict
                for model in plan.evict:
                    yield self._stop(model, f"room for {request.model}", "room", request.model)
            case Refused(error=error):
                self._forget(ticket)
                yield Refuse(ticket, error)

    def _expire(self, now: float) -> list[Effect]:
        wanted = {request.model for request in self.queue.values()}
        expired = [
            slot
            for slot in self.slots.values()
            if slot.expires_at is not None and slot.expires_at <= now and slot.model not in wanted
        ]
        return [self._stop(slot.model, f"idle for {_words(slot)}", "idle") for slot in expired]  # 7

    def _stop(
        self, model: str, reason: str, cause: Cause, made_room_for: str | None = None
    ) -> StopWorker:
        self.slots[model].state = State.UNLOADING
        return StopWorker(model, reason, cause, made_room_for)

    def _refuse_as(self, kind: type[QueueFull], request: Request, number: int) -> Refuse:
        error = too_busy(kind, self.plans[request.ticket], number)
        self._forget(request.ticket)
        return Refuse(request.ticket, error)

    def _forget(self, ticket: int) -> None:
        self.queue.pop(ticket, None)
        self.plans.pop(ticket, None)

    def _blocked(self) -> list[Request]:
        return [request for request in self.queue.values() if request.blocked_since is not None]

    def _gives_up_at(self, request: Request) -> float:
        return (request.blocked_since or 0.0) + self._queueing.timeout_seconds


def _words(slot: Slot) -> str:
    return f"{slot.keep_alive_seconds or 0:.0f} s"
