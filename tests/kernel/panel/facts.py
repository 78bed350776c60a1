"""What a server might say, made for tests: a budget of 10 GB on a machine with 16."""

from __future__ import annotations

from typing import Any

from mlx_jupyter.kernel.panel.state import PoolView, pool_view
from mlx_jupyter.wire.pool import (
    AdminStatus,
    HostStatus,
    LedgerStatus,
    MemoryStatus,
    ModelStatus,
    PoolEvent,
    PoolStatus,
    PromptCacheStatus,
    SlotStatus,
)

GB = 10**9
NOW = 1_800_000_000.0


def slot(model: str, **changes: Any) -> SlotStatus:
    facts: dict[str, Any] = {
        "model": model,
        "state": "ready",
        "footprint_bytes": 2 * GB,
        "kv_bytes": 0,
        "booked_bytes": 2 * GB,
        "leases": 0,
        "waiting": 0,
        "pinned_by": [],
        "last_used": NOW,
        "keep_alive_seconds": 1800.0,
        "expires_at": None,
        "last_error": None,
        "crashes": 0,
    }
    return SlotStatus(**facts | changes)


def admin(
    *slots: SlotStatus,
    budget_bytes: int = 10 * GB,
    spare_bytes: int = 0,
    cached_bytes: int = 0,
    buffers_bytes: int = 0,
    features_bytes: int = 0,
    available_bytes: int = 16 * GB,
) -> AdminStatus:
    booked = sum(one.booked_bytes for one in slots)
    ledger = LedgerStatus(
        budget_bytes=budget_bytes,
        reserved_bytes=0,
        resident_bytes=booked,
        kv_bytes=0,
        spare_bytes=spare_bytes,
        cached_bytes=cached_bytes,
        booked_bytes=booked,
        free_bytes=budget_bytes - booked,
    )
    host = HostStatus(
        total_bytes=16 * GB,
        available_bytes=available_bytes,
        device_bytes=16 * GB,
        pressure="normal",
    )
    return AdminStatus(
        policy="lru",
        max_models=0,
        slots=list(slots),
        ledger=ledger,
        queue=[],
        prompt_caches=[
            PromptCacheStatus(
                model="a", cached_bytes=buffers_bytes, image_cache_bytes=features_bytes
            )
        ],
        host=host,
        workers=[],
    )


def model(status: str = "running", **changes: Any) -> ModelStatus:
    facts: dict[str, Any] = {
        "status": status,
        "kind": "text",
        "size_gb": 2.0,
        "estimated_load_time_seconds": None,
        "memory_used_gb": 2.0 if status == "running" else 0.0,
        "pinned": False,
        "in_use": False,
        "last_used": None,
        "health": "unknown",
    }
    return ModelStatus(**facts | changes)


def pool(pressure: str = "normal", **models: ModelStatus) -> PoolStatus:
    memory = MemoryStatus(
        used_gb=2.0,
        total_gb=16.0,
        limit_gb=10.0,
        available_gb=8.0,
        reserved_gb=0.0,
        resident_gb=2.0,
        spare_gb=0.0,
        host_available_gb=1.5,
        pressure=pressure,
    )
    return PoolStatus(models=models, memory=memory)


def view(*events: PoolEvent, at: float = NOW, **models: ModelStatus) -> PoolView:
    loaded = [slot(name) for name, one in models.items() if one.status == "running"]
    return pool_view(pool(**models), admin(*loaded), events, None, at)
