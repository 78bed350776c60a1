"""Says on the event stream what has changed, and why."""

from __future__ import annotations

from mlx_jupyter.pool.effects import Effect, StopWorker
from mlx_jupyter.pool.events import Events
from mlx_jupyter.pool.scheduler import Scheduler
from mlx_jupyter.pool.slot import Slot, State

__all__ = ["Announcer"]


class Announcer:
    """Compares each slot with what was said of it last."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._states: dict[str, State] = {}
        self._pins: dict[str, frozenset[str]] = {}

    def announce(self, scheduler: Scheduler, effects: list[Effect]) -> None:
        stops = {effect.model: effect for effect in effects if isinstance(effect, StopWorker)}
        for stop in stops.values():
            self._events.publish(
                "eviction",
                stop.model,
                reason=stop.reason,
                cause=stop.cause,
                made_room_for=stop.made_room_for,
            )
        for model, slot in list(scheduler.slots.items()):
            stopped = stops.get(model)
            self._say_state(slot, stopped.reason if stopped else _why(slot))
            self._say_pins(slot)

    def _say_state(self, slot: Slot, reason: str | None) -> None:
        before = self._states.get(slot.model, State.ABSENT)
        if slot.state is not before:
            self._states[slot.model] = slot.state
            self._events.publish(
                "state",
                slot.model,
                state=slot.state.value,
                before=before.value,
                reason=reason,
            )

    def _say_pins(self, slot: Slot) -> None:
        pins = frozenset(slot.pinned_by)
        if pins != self._pins.get(slot.model, frozenset()):
            self._pins[slot.model] = pins
            self._events.publish("pin", slot.model, pinned_by=sorted(pins))


def _why(slot: Slot) -> str | None:
    if slot.state is State.ABSENT and slot.last_error is not None:
        return slot.last_error.message
    return None
