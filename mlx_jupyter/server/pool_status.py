"""From the pool's own picture of itself to what `GET v1/models/status` shows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Literal

from mlx_jupyter.catalog import Checkpoint
from mlx_jupyter.pool.pool import Pool
from mlx_jupyter.pool.status import SlotView, Status
from mlx_jupyter.wire.pool import LoadProgress, MemoryStatus, ModelStatus, PoolStatus

__all__ = ["pool_status"]

GB = 10**9
SILENT_SECONDS = 5.0
"""A worker that owes a frame for longer than this does not look well."""


def pool_status(pool: Pool, checkpoints: Iterable[Checkpoint]) -> PoolStatus:
    """All models there are, and those that are loaded although they are not found any more."""
    picture = pool.status()
    slots = {slot.model: slot for slot in picture.slots}
    known = {checkpoint.id: checkpoint for checkpoint in checkpoints}
    models = {
        model: _model(pool, model, slots.get(model), known.get(model) or pool.checkpoint(model))
        for model in [*known, *sorted(slots.keys() - known.keys())]
    }
    for kept in picture.prompt_caches:
        models[kept.model].prompt_cache_gb = kept.prompt_cache_bytes / GB
        models[kept.model].image_cache_gb = kept.image_cache_bytes / GB
    for model in _silent(pool):
        models[model].health = "unhealthy"
    now = asyncio.get_running_loop().time()
    for name, link in pool.workers():
        if name in models:
            models[name].tokens_per_second = link.pace.tokens_per_second(now)
    return PoolStatus(models=models, memory=_memory(picture))


def _silent(pool: Pool) -> list[str]:
    now = asyncio.get_running_loop().time()
    links = [(model, link) for model, link in pool.workers() if model is not None]
    return [model for model, link in links if link.silent_seconds(now) > SILENT_SECONDS]


def _model(
    pool: Pool, model: str, slot: SlotView | None, checkpoint: Checkpoint | None
) -> ModelStatus:
    under_way = pool.progress(model)
    there = slot is not None and slot.state != "absent"
    measured_bytes = slot.footprint_bytes if slot and (there or checkpoint is None) else 0
    size_bytes = measured_bytes or (pool.size_bytes(checkpoint) if checkpoint else 0)
    status = _status(slot, loading=under_way is not None)
    seconds = pool.load_estimate_seconds(checkpoint) if checkpoint else None
    shown = ModelStatus(
        status=status,
        kind=checkpoint.kind if checkpoint else "unknown",
        size_gb=size_bytes / GB,
        estimated_load_time_seconds=seconds,
        memory_used_gb=0.0,
        pinned=False,
        in_use=False,
        last_used=None,
        health="unknown",
    )
    if slot is not None:
        _add_slot(shown, slot)
    if under_way is not None:
        shown.progress = LoadProgress(
            stage="download" if under_way.stage == "download" else "load",
            done_bytes=under_way.done_bytes,
            total_bytes=under_way.total_bytes,
            elapsed_seconds=under_way.elapsed_seconds,
            eta_seconds=under_way.eta_seconds,
        )
    return shown


def _add_slot(shown: ModelStatus, slot: SlotView) -> None:
    shown.memory_used_gb = slot.booked_bytes / GB
    shown.pinned, shown.pinned_by = bool(slot.pinned_by), slot.pinned_by
    shown.requests = slot.leases + slot.waiting
    shown.in_use = slot.leases > 0
    shown.last_used = slot.last_used
    shown.keep_alive_seconds, shown.expires_at = slot.keep_alive_seconds, slot.expires_at
    shown.last_error = slot.last_error
    if shown.status in ("running", "failed"):
        shown.health = "healthy" if shown.status == "running" else "unhealthy"


def _status(
    slot: SlotView | None, *, loading: bool
) -> Literal["running", "loading", "unloaded", "failed"]:
    if loading or (slot is not None and slot.state == "loading"):
        return "loading"
    if slot is None:
        return "unloaded"
    if slot.state == "ready":
        return "running"
    if slot.waiting:
        return "loading"
    return "failed" if slot.last_error and slot.state == "absent" else "unloaded"


def _memory(picture: Status) -> MemoryStatus:
    ledger, host = picture.ledger, picture.host
    return MemoryStatus(
        used_gb=ledger.booked_bytes / GB,
        total_gb=host.device_bytes / GB,
        limit_gb=ledger.budget_bytes / GB,
        available_gb=max(0, ledger.free_bytes) / GB,
        reserved_gb=ledger.reserved_bytes / GB,
        resident_gb=(ledger.resident_bytes + ledger.kv_bytes) / GB,
        spare_gb=ledger.spare_bytes / GB,
        host_available_gb=host.available_bytes / GB,
        pressure=host.pressure,
        cached_gb=ledger.cached_bytes / GB,
    )
