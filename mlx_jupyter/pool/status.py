"""A picture of the pool at one moment, with the names that `GET admin/models/status` shows."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mlx_jupyter.messages import Reading
from mlx_jupyter.pool.conductor import Conductor
from mlx_jupyter.pool.host import rss_bytes
from mlx_jupyter.pool.settings import PoolSettings
from mlx_jupyter.pool.slot import Slot
from mlx_jupyter.pool.worker_link import WorkerLink

__all__ = [
    "CacheView",
    "HostView",
    "LedgerView",
    "QueuedView",
    "SlotView",
    "Status",
    "WorkerView",
    "status",
]


@dataclass(frozen=True)
class SlotView:
    model: str
    state: str
    footprint_bytes: int
    kv_bytes: int
    booked_bytes: int
    leases: int
    waiting: int
    pinned_by: list[str]
    last_used: float | None
    keep_alive_seconds: float | None
    expires_at: float | None
    last_error: str | None
    crashes: int
    draft: str | None
    float32: bool
    kv_bits: int | None


@dataclass(frozen=True)
class LedgerView:
    budget_bytes: int
    reserved_bytes: int
    resident_bytes: int
    kv_bytes: int
    spare_bytes: int
    cached_bytes: int
    picture_bytes: int
    booked_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class QueuedView:
    model: str
    client: str
    waiting_seconds: float
    wait_for: list[str]


@dataclass(frozen=True)
class CacheView:
    model: str
    cached_bytes: int
    prompt_cache_bytes: int
    max_bytes: int
    image_cache_bytes: int


@dataclass(frozen=True)
class HostView:
    total_bytes: int
    available_bytes: int
    device_bytes: int
    pressure: str


@dataclass(frozen=True)
class WorkerView:
    model: str | None
    pid: int
    alive: bool
    uptime_seconds: float
    rss_bytes: int | None
    reading: Reading | None
    device: str | None


@dataclass(frozen=True)
class Status:
    """Times in seconds since 1970."""

    policy: str
    max_models: int
    slots: list[SlotView]
    ledger: LedgerView
    queue: list[QueuedView]
    prompt_caches: list[CacheView]
    host: HostView
    workers: list[WorkerView]


def status(conductor: Conductor, settings: PoolSettings, pressure: str) -> Status:
    scheduler = conductor.scheduler
    links: list[tuple[str | None, WorkerLink]] = [*conductor.links.items()]
    links += [(None, link) for link in conductor.spares.links]
    links += [(None, link) for link in conductor.tokenizers.links]
    return Status(
        policy=settings.policy.value,
        max_models=settings.max_models,
        slots=[_slot(conductor, slot) for slot in scheduler.slots.values()],
        ledger=_ledger(conductor),
        queue=_queue(conductor),
        prompt_caches=[
            CacheView(
                model,
                link.reading.cached_bytes,
                link.reading.prompt_cache_bytes,
                conductor.keeping.limits.get(model, 0),
                link.reading.image_cache_bytes,
            )
            for model, link in conductor.links.items()
            if link.reading is not None
        ],
        host=HostView(
            conductor.host.total_bytes,
            conductor.host.available_bytes,
            conductor.device_bytes,
            pressure,
        ),
        workers=[_worker(conductor, model, link) for model, link in links],
    )


def _slot(conductor: Conductor, slot: Slot) -> SlotView:
    recipe = conductor.loader.recipes.get(slot.model) if slot.resident else None
    return SlotView(
        model=slot.model,
        state=slot.state.value,
        footprint_bytes=slot.footprint_bytes or 0,
        kv_bytes=slot.kv_bytes,
        booked_bytes=slot.booked_bytes,
        leases=len(slot.leases),
        waiting=len(conductor.scheduler.waiting(slot.model)),
        pinned_by=sorted(slot.pinned_by),
        last_used=_since_1970(conductor, slot.last_used or None),
        keep_alive_seconds=slot.keep_alive_seconds,
        expires_at=_since_1970(conductor, slot.expires_at),
        last_error=slot.last_error.message if slot.last_error else None,
        crashes=slot.crashes,
        draft=recipe.draft.id if recipe and recipe.draft else None,
        float32=recipe is not None and recipe.float32,
        kv_bits=recipe.kv_bits if recipe else None,
    )


def _ledger(conductor: Conductor) -> LedgerView:
    ledger = conductor.scheduler.ledger
    return LedgerView(
        budget_bytes=ledger.budget_bytes,
        reserved_bytes=ledger.reserved_bytes,
        resident_bytes=ledger.resident_bytes,
        kv_bytes=ledger.kv_bytes,
        spare_bytes=conductor.spares.used_bytes + conductor.tokenizers.used_bytes,
        cached_bytes=conductor.cached_bytes,
        picture_bytes=conductor.kept_bytes,
        booked_bytes=ledger.booked_bytes,
        free_bytes=ledger.free_bytes,
    )


def _queue(conductor: Conductor) -> list[QueuedView]:
    now, scheduler = conductor.now, conductor.scheduler
    views = []
    for request in scheduler.queue.values():
        plan = scheduler.plans.get(request.ticket)
        waiting = round(now - request.since, 3)
        views.append(
            QueuedView(request.model, request.client, waiting, list(plan.wait_for) if plan else [])
        )
    return views


def _worker(conductor: Conductor, model: str | None, link: WorkerLink) -> WorkerView:
    return WorkerView(
        model=model,
        pid=link.pid,
        alive=link.alive,
        uptime_seconds=round(conductor.now - link.started_at, 1),
        rss_bytes=rss_bytes(link.pid),
        reading=link.reading,
        device=link.hello.result().device if link.hello.done() else None,
    )


def _since_1970(conductor: Conductor, moment: float | None) -> float | None:
    """From the loop's clock, which begins anywhere."""
    return None if moment is None else time.time() - (conductor.now - moment)
