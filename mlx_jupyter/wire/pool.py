"""What the pool says about itself: status, plan, switch, load, pins, events.

`*_gb` are units of 10^9 bytes and not rounded: times 10^9 they are the bytes again. Times are
seconds since 1970 unless their name says otherwise.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

__all__ = [
    "AdminStatus",
    "Cancelled",
    "HostStatus",
    "LedgerStatus",
    "LoadProgress",
    "LoadRequest",
    "Loaded",
    "MemoryInfo",
    "MemoryStatus",
    "ModelStatus",
    "Pinned",
    "PlanReport",
    "PoolEvent",
    "PoolStatus",
    "PromptCacheStatus",
    "QueuedRequest",
    "ReadingStatus",
    "SlotStatus",
    "SwitchRefused",
    "SwitchRequest",
    "SwitchResult",
    "Unloaded",
    "WorkerStatus",
]


class LoadProgress(Struct, kw_only=True):
    """How far a load or a download has come, in bytes; `eta_seconds` is an estimate."""

    stage: Literal["download", "load"]
    done_bytes: int
    total_bytes: int
    elapsed_seconds: float
    eta_seconds: float | None = None


class ModelStatus(Struct, kw_only=True):
    """`size_gb` is the footprint, `memory_used_gb` what the ledger holds for the model now.
    `last_used` is the end of the last use; `requests` those that run or wait. Its worker keeps
    `prompt_cache_gb` of prompts it has read, which are beside `memory_used_gb`, and
    `image_cache_gb` of features of pictures, which are in it."""

    status: Literal["running", "loading", "unloaded", "failed"]
    kind: str
    size_gb: float
    estimated_load_time_seconds: float | None
    memory_used_gb: float
    pinned: bool
    in_use: bool
    last_used: float | None
    health: Literal["healthy", "unhealthy", "unknown"]
    requests: int = 0
    pinned_by: list[str] = []
    """`user`, and the ids of kernels."""
    keep_alive_seconds: float | None = None
    expires_at: float | None = None
    """When the idle model is unloaded; None while it is used, pinned, or kept for ever."""
    last_error: str | None = None
    progress: LoadProgress | None = None
    tokens_per_second: float | None = None
    """Of all its requests together, in the last seconds; None when it writes nothing."""
    prompt_cache_gb: float = 0.0
    image_cache_gb: float = 0.0


class MemoryStatus(Struct, kw_only=True):
    """The budget (`limit_gb`), what is booked on it, and the machine: `total_gb` is the device's
    memory, `host_available_gb` what other processes have left. Of what is available `spare_gb` are
    in spare workers and `cached_gb` in prompts and pictures that are kept: all go before a model
    does."""

    used_gb: float
    total_gb: float
    limit_gb: float
    available_gb: float
    reserved_gb: float
    resident_gb: float
    spare_gb: float
    host_available_gb: float
    pressure: str = "normal"
    cached_gb: float = 0.0


class PoolStatus(Struct, kw_only=True):
    """`GET v1/models/status`."""

    models: dict[str, ModelStatus]
    memory: MemoryStatus


class PlanReport(Struct, kw_only=True):
    """`GET admin/models/plan`, and `error.plan` of a 503: what a load of `model` would do now.

    `evict` leave at once, in this order; `wait_for` are busy and would be waited for. The
    available bytes after eviction count both, or where nothing helps all that might ever leave.

    With `prompt_tokens` or `max_tokens` in the query it is what such a request would do: `kv_bytes`
    are its keys and values, and what of them is not booked yet is in `needed_bytes`.
    """

    model: str
    fits: bool
    resident: bool
    evict: list[str]
    wait_for: list[str]
    needed_bytes: int
    available_bytes: int
    available_after_eviction_bytes: int
    pinned: list[str]
    estimated_load_time_seconds: float | None
    reason: str
    kv_bytes: int = 0


class MemoryInfo(Struct, kw_only=True):
    required_gb: float
    available_before_gb: float
    freed_gb: float


class SwitchResult(Struct, kw_only=True):
    """`POST v1/models/switch`."""

    status: Literal["success", "already_loaded"]
    model: str
    unloaded_models: list[str]
    estimated_load_time_seconds: float | None
    memory_info: MemoryInfo


class SwitchRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `v1/models/switch`, which may be empty: the query says the same."""

    target_model: str | None = None
    policy: str | None = None


class SwitchRefused(Struct, kw_only=True):
    """`error` in the 503 of a switch: nothing has been unloaded."""

    message: str
    type: str
    param: str | None
    code: str
    required_gb: float
    available_gb: float
    freed_gb: float
    total_available_gb: float
    plan: object


class LoadRequest(Struct, kw_only=True, forbid_unknown_fields=True):
    """The body of `admin/models/load/{id}`, which may be empty."""

    pin: bool = True
    keep_alive: str | float | None = None
    stream: bool = False
    draft_model: str | None = None
    policy: str | None = None


class Loaded(Struct, kw_only=True):
    """The answer of `admin/models/load/{id}`, whole or as the last event of its stream."""

    status: Literal["loaded", "already_loaded"]
    model: str
    pinned: bool
    unloaded_models: list[str]
    size_bytes: int
    load_seconds: float | None


class Unloaded(Struct, kw_only=True):
    status: Literal["unloaded"]
    model: str
    freed_bytes: int


class Pinned(Struct, kw_only=True):
    """The answer of `pin` and `unpin`."""

    status: Literal["pinned", "unpinned"]
    model: str
    pinned: bool
    pinned_by: list[str]


class Cancelled(Struct, kw_only=True):
    status: Literal["cancelled"]
    id: str


class SlotStatus(Struct, kw_only=True):
    model: str
    state: Literal["absent", "loading", "ready", "unloading"]
    footprint_bytes: int
    kv_bytes: int
    """Of running requests, by formula: prompt and longest answer."""
    booked_bytes: int
    """Both, or the newest reading, if that is more."""
    leases: int
    waiting: int
    pinned_by: list[str]
    last_used: float | None
    keep_alive_seconds: float | None
    expires_at: float | None
    last_error: str | None
    crashes: int
    draft: str | None = None
    """The smaller model that writes ahead, in the same process."""
    float32: bool = False
    """16-bit weights are computed with in 32."""
    kv_bits: int | None = None


class LedgerStatus(Struct, kw_only=True):
    """Bytes. `booked` is all but spares and caches, `free` what is left of the budget without them:
    both give way to models. `cached` are prompts that workers keep, and pictures; the latter
    (`picture_bytes`) as pixels, in the server's own process."""

    budget_bytes: int
    reserved_bytes: int
    resident_bytes: int
    kv_bytes: int
    spare_bytes: int
    cached_bytes: int
    booked_bytes: int
    free_bytes: int
    picture_bytes: int = 0


class QueuedRequest(Struct, kw_only=True):
    model: str
    client: str
    waiting_seconds: float
    wait_for: list[str]


class HostStatus(Struct, kw_only=True):
    total_bytes: int
    available_bytes: int
    device_bytes: int
    pressure: str


class ReadingStatus(Struct, kw_only=True):
    """MLX's counters in a worker, and its whole resident memory as the system sees it."""

    active_bytes: int
    cached_bytes: int
    peak_bytes: int
    prompt_cache_bytes: int = 0
    """Of the active ones."""
    image_cache_bytes: int = 0
    """Of the active ones, too."""


class WorkerStatus(Struct, kw_only=True):
    """One process; `model` is None for a spare."""

    model: str | None
    pid: int
    alive: bool
    uptime_seconds: float
    rss_bytes: int | None
    reading: ReadingStatus | None
    device: str | None = None


class PromptCacheStatus(Struct, kw_only=True):
    """What a worker could give back at once: `cached_bytes` of buffers that MLX keeps for reuse,
    `prompt_cache_bytes` of prompts it has read, of which it may keep `max_bytes`, and
    `image_cache_bytes` of features of pictures, which are booked with the model."""

    model: str
    cached_bytes: int
    prompt_cache_bytes: int = 0
    max_bytes: int = 0
    image_cache_bytes: int = 0


class AdminStatus(Struct, kw_only=True):
    """`GET admin/models/status`."""

    policy: str
    max_models: int
    slots: list[SlotStatus]
    ledger: LedgerStatus
    queue: list[QueuedRequest]
    prompt_caches: list[PromptCacheStatus]
    host: HostStatus
    workers: list[WorkerStatus]


class PoolEvent(Struct, kw_only=True, omit_defaults=True):
    """One of `GET admin/events`. `type` is

    `state` (`model` went from `before` to `state`, `reason` says why) · `eviction` (`model` leaves
    for `reason`, `made_room_for`; `cause` is one of room, asked, idle, pressure, budget, unwanted)
    · `progress` (`progress` of a load or a download) · `memory` (the ledger changed) · `pressure`
    (the host's memory: `state` is the level, `reason` what was done) · `pin` (`pinned_by` changed).
    """

    id: int
    time: float
    type: Literal["state", "eviction", "progress", "memory", "pressure", "pin"]
    model: str | None = None
    state: str | None = None
    before: str | None = None
    reason: str | None = None
    cause: str | None = None
    made_room_for: str | None = None
    pinned_by: list[str] | None = None
    progress: LoadProgress | None = None
    used_bytes: int | None = None
    limit_bytes: int | None = None
    host_available_bytes: int | None = None
