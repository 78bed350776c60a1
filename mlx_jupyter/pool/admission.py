"""Who may go on now, who has to wait for whom, and who never can. Pure: looks, and changes nothing.

Everyone who waits is looked at in turn (`queue`). With L the limit and all sizes as booked:

    free now    L - everything
    free soon   L - everything, but what is being unloaded, and what earlier ones wait for, counts
                as gone, and what those earlier ones need as taken

The rules:

1. A request for a READY model goes on if its keys and values fit into what is free now, and the
   model's worker has not a whole batch in waiting already (a short queue there, a fair one here).
   It may so overtake earlier ones that wait for that very model to leave: requests for one model
   are served together, and A B A B does not load four times. But nobody is overtaken more than
   `MOST_OVERTAKEN` times: after that what he waits for is closed to later ones.
2. An absent model is loaded if it fits into what is free both now and soon.
3. If it fits soon but not now, it waits: memory is on its way back.
4. If it does not fit soon, idle models that nobody pinned leave, as the policy chooses. None leaves
   before all are found.
5. If the idle ones are not enough, it waits for busy ones too, and nobody leaves yet.
6. If not even those are enough, it is refused, with the plan that failed; if it would not fit into
   an empty pool, with another error.

L is the budget; for loads it is also no more than what our models hold and the machine has left
over (`host_free_bytes`), because a kernel's arrays count too. What workers keep for speed counts as
left over: it is given back when a load begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from mlx_jupyter.pool.eviction import Policy, Room, Seat, choose
from mlx_jupyter.pool.plan import Plan
from mlx_jupyter.pool.queue import in_turn
from mlx_jupyter.pool.refusal import Want, refusal
from mlx_jupyter.pool.slot import Request, Slot, State
from mlx_jupyter.pool.verdict import Evict, GoOn, Limits, Refused, Start, Verdict, Wait

__all__ = ["MOST_OVERTAKEN", "judge"]

MOST_OVERTAKEN = 16
"""A whole batch, by default."""
_MANY_PLACES = 2**31


def judge(
    slots: Mapping[str, Slot], requests: Iterable[Request], limits: Limits
) -> dict[int, Verdict]:
    """A verdict for each ticket, in the order in which they are to be carried out.

    `requests` are all that wait, in order of arrival. Each verdict counts on those before it.
    """
    court = _Court(slots, limits)
    return {request.ticket: court.judge(request) for request in in_turn(requests)}


@dataclass(frozen=True)
class _Case:
    """A request that needs `need`, of which `soon` is free without anyone leaving."""

    request: Request
    slot: Slot
    need: Room
    soon: Room
    policy: Policy


class _Court:
    """The slots as they will be once the verdicts so far are carried out."""

    def __init__(self, slots: Mapping[str, Slot], limits: Limits) -> None:
        self._slots = {
            model: replace(slot, leases=dict(slot.leases)) for model, slot in slots.items()
        }
        self._limits = limits
        self._behind: list[Request] = []
        self._leaving: dict[str, Room] = {}
        self._claimed = Room(0, 0)
        self._taken = Room(0, 0)

    def judge(self, request: Request) -> Verdict:
        slot = self._slots[request.model]
        if slot.state is State.LOADING:
            return _patience(slot, f"{slot.model} is being loaded.")
        if slot.footprint_bytes is None:
            return _patience(slot, f"{slot.model} is being looked at.")
        if slot.state is State.READY:
            return self._use(slot, request)
        case = self._case(request)
        return self._refuse(case) if self._limits.refusing else self._load(case)

    def _case(self, request: Request) -> _Case:
        slot = self._slots[request.model]
        policy = request.policy or self._limits.policy
        return _Case(request, slot, _need(slot, request), self._soon(slot), policy)

    def _use(self, slot: Slot, request: Request) -> Verdict:
        in_worker = slot.sequences + len(request.sequences_tokens)
        if slot.leases and in_worker > 2 * slot.max_batch:
            return _patience(slot, f"{slot.model} has a batch in waiting already.")
        case = self._case(request)
        overtakes = slot.model in self._leaving or not case.soon.covers(case.need)
        if overtakes and any(one.overtaken >= MOST_OVERTAKEN for one in self._behind):
            return self._wait_behind(case)
        if not self._now(slot).covers(case.need):
            return self._make_room(case)
        slot.leases[request.ticket] = request
        overtaken = tuple(one.ticket for one in self._behind) if overtakes else ()
        return GoOn(self._plan(case, reason=f"{slot.model} is loaded."), overtaken)

    def _load(self, case: _Case) -> Verdict:
        fits = case.soon.covers(case.need) and self._now(case.slot).covers(case.need)
        if not fits or case.slot.state is not State.ABSENT:
            return self._make_room(case)
        plan = self._plan(case)
        case.slot.state, case.slot.opener = State.LOADING, case.request
        return Start(plan)

    def _make_room(self, case: _Case) -> Verdict:
        idle, busy = self._may_leave(case.slot)
        leave = choose(idle, case.soon, case.need, case.policy)
        if leave is not None:
            on_its_way = self._on_its_way(case.slot).plus(_sum(seat.room for seat in leave))
            if not on_its_way.covers(case.need):
                return self._wait_for(case, leave, [_nothing(one) for one in self._waited_for])
            return self._evict(case, leave)
        found = _idle_and_busy(case, idle, busy)
        if found is not None:
            return self._wait_for(case, *found)
        if self._behind and not isinstance(self._alone().judge(case.request), Refused):
            return self._wait_behind(case)
        return self._refuse(case)

    def _evict(self, case: _Case, leave: Sequence[Seat]) -> Verdict:
        plan = self._plan(case, leave)
        self._claim(case, leave)
        self._taken = self._taken.plus(case.need)
        for seat in leave:
            self._slots[seat.model].state = State.UNLOADING
        return Evict(plan) if leave else Wait(plan)

    def _wait_for(self, case: _Case, idle: Sequence[Seat], busy: Sequence[Seat]) -> Wait:
        plan = self._plan(case, idle, busy)
        self._claim(case, [*idle, *busy])
        return Wait(plan, for_others=True)

    def _wait_behind(self, case: _Case) -> Verdict:
        earlier = dict.fromkeys(one.model for one in self._behind)
        busy = [one.model for one in self._waited_for if not self._slots[one.model].idle]
        models = tuple(busy or earlier)
        reason = f"{case.request.model} waits behind earlier requests for {', '.join(earlier)}."
        plan = msgspec.structs.replace(self._plan(case, reason=reason), wait_for=models)
        self._claim(case, [])
        return Wait(plan, for_others=True)

    def _refuse(self, case: _Case) -> Refused:
        alone = self._alone()
        case = alone._case(case.request)
        idle, busy = alone._may_leave(case.slot)
        after = case.soon.plus(_sum(seat.room for seat in [*idle, *busy]))
        want = Want(
            model=case.request.model,
            whole_bytes=_whole_need_bytes(case.slot, case.request),
            need_bytes=case.need.size_bytes,
            after_eviction_bytes=max(0, after.size_bytes),
            budget_bytes=self._limits.budget_bytes,
            pinned=self._pinned,
            because=self._because(case, after),
            limit="max_models" if after.places < case.need.places else "memory_limit",
        )
        error = refusal(want)
        plan = msgspec.structs.replace(
            self._plan(case, reason=error.message),
            fits=False,
            available_bytes=max(0, case.soon.size_bytes),
            available_after_eviction_bytes=want.after_eviction_bytes,
        )
        error.plan = plan
        return Refused(plan, error)

    def _because(self, case: _Case, after: Room) -> str | None:
        """What stands in the way, where it is not the budget."""
        if case.slot.state is State.READY:
            return None
        if self._limits.refusing:
            return self._limits.refusing
        if after.places < case.need.places:
            return f"max_models is {self._limits.max_models}"
        if self._limit_bytes(case.slot) < self._limits.budget_bytes:
            return "other programs use the memory of this machine"
        return None

    def _alone(self) -> _Court:
        """The same, with no one earlier in the queue."""
        return _Court(self._slots, self._limits)

    @property
    def _pinned(self) -> tuple[str, ...]:
        pinned = (one.model for one in self._slots.values() if one.pinned and one.resident)
        return tuple(sorted(pinned))

    def _may_leave(self, slot: Slot) -> tuple[list[Seat], list[Seat]]:
        """Idle ones, and busy ones, of those that are not pinned and that nobody earlier claims;
        of the model itself only what its running requests hold."""
        others = [
            one
            for one in self._slots.values()
            if one.state in (State.READY, State.LOADING)
            and not one.pinned
            and one.model not in self._leaving
            and one is not slot
        ]
        busy = [one.seat for one in others if not one.idle]
        if slot.state is State.READY and slot.leases and slot.model not in self._leaving:
            busy.append(Seat(slot.model, Room(slot.kv_bytes, 0), slot.last_used))
        return [one.seat for one in others if one.idle], busy

    def _limit_bytes(self, slot: Slot) -> int:
        """The module's L."""
        if slot.state is State.READY or self._limits.host_free_bytes is None:
            return self._limits.budget_bytes
        there = (State.READY, State.UNLOADING)
        ours = sum(one.booked_bytes for one in self._slots.values() if one.state in there)
        ours += sum(one.cache_bytes for one in self._slots.values() if one.state is State.READY)
        return min(self._limits.budget_bytes, ours + self._limits.host_free_bytes)

    def _whole(self, slot: Slot) -> Room:
        return Room(self._limit_bytes(slot), self._limits.max_models or _MANY_PLACES)

    def _now(self, slot: Slot) -> Room:
        return self._whole(slot).minus(_sum(one.room for one in self._slots.values()))

    def _soon(self, slot: Slot) -> Room:
        gone = _sum(seat.room for seat in self._waited_for)
        return self._less_what_stays(slot).plus(gone).minus(self._claimed)

    def _on_its_way(self, slot: Slot) -> Room:
        """Free as soon as processes have ended, without waiting for anyone's requests."""
        return self._less_what_stays(slot).minus(self._taken)

    def _less_what_stays(self, slot: Slot) -> Room:
        stay = (one.room for one in self._slots.values() if one.state is not State.UNLOADING)
        return self._whole(slot).minus(_sum(stay))

    @property
    def _waited_for(self) -> list[Seat]:
        """What earlier ones wait for and is not being unloaded yet."""
        return [
            Seat(model, room, 0.0)
            for model, room in self._leaving.items()
            if self._slots[model].state is not State.UNLOADING
        ]

    def _claim(self, case: _Case, seats: Iterable[Seat]) -> None:
        """From here on `seats` count as gone, and the need as taken."""
        self._behind.append(case.request)
        for seat in seats:
            self._leaving.setdefault(seat.model, seat.room)
        self._claimed = self._claimed.plus(case.need)

    def _plan(
        self,
        case: _Case,
        evict: Sequence[Seat] = (),
        wait_for: Sequence[Seat] = (),
        reason: str = "",
    ) -> Plan:
        free_bytes = max(0, case.soon.size_bytes)
        freed = _sum(seat.room for seat in [*evict, *wait_for])
        return Plan(
            model=case.request.model,
            fits=True,
            resident=case.slot.state is State.READY,
            evict=tuple(seat.model for seat in evict),
            wait_for=tuple(seat.model for seat in wait_for),
            needed_bytes=case.need.size_bytes,
            kv_bytes=case.slot.kv_bytes_of([case.request]),
            available_bytes=free_bytes,
            available_after_eviction_bytes=free_bytes + freed.size_bytes,
            pinned=self._pinned,
            reason=reason or _reason(case.request.model, evict, wait_for),
        )


def _patience(slot: Slot, reason: str) -> Wait:
    """Made for each of hundreds that wait for one model, at every event: it counts nothing."""
    return Wait(Plan(model=slot.model, fits=True, reason=reason))


def _need(slot: Slot, request: Request) -> Room:
    """What the ledger would hold more if the request went on."""
    if slot.state is State.READY:
        return Room(slot.more_kv_bytes(request), 0)
    return Room(_whole_need_bytes(slot, request), 1)


def _nothing(seat: Seat) -> Seat:
    """For a seat whose room has been counted already."""
    return seat._replace(room=Room(0, 0))


def _whole_need_bytes(slot: Slot, request: Request) -> int:
    """In an empty pool."""
    return (slot.footprint_bytes or 0) + slot.kv_bytes_of([request])


def _idle_and_busy(
    case: _Case, idle: Sequence[Seat], busy: Sequence[Seat]
) -> tuple[list[Seat], list[Seat]] | None:
    """All idle ones and as many busy ones as it takes, less the idle ones that are then not needed;
    None if nothing is enough."""
    free = case.soon.plus(_sum(seat.room for seat in idle))
    waited = choose(busy, free, case.need, case.policy)
    if waited is None:
        return None
    without_idle = case.soon.plus(_sum(seat.room for seat in waited))
    leave = choose(idle, without_idle, case.need, case.policy)
    return leave or [], waited


def _sum(rooms: Iterable[Room]) -> Room:
    total = Room(0, 0)
    for room in rooms:
        total = total.plus(room)
    return total


def _reason(model: str, evict: Sequence[Seat], wait_for: Sequence[Seat]) -> str:
    if wait_for:
        return f"{model} waits for {_names(wait_for)}, in use."
    if evict:
        return f"{model} fits after evicting {_names(evict)}."
    return f"{model} fits."


def _names(seats: Sequence[Seat]) -> str:
    return ", ".join(seat.model for seat in seats)
