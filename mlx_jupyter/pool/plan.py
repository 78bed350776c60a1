"""What a load would do: computed in whole before anything is done, and shown as it is."""

from __future__ import annotations

import msgspec

__all__ = ["Plan"]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """`evict` leave, in this order: at once, or where there are `wait_for`, which are in use, when
    those are free.

    `available_bytes` is free now, or will be when models that are being unloaded are gone;
    `available_after_eviction_bytes` counts `evict` and `wait_for` too, and where even they are not
    enough, all that might ever leave. `kv_bytes` are the keys and values of the request by itself;
    what of them is not booked yet is in `needed_bytes`. `reason` says in words what happens and
    why.
    """

    model: str
    fits: bool
    resident: bool = False
    evict: tuple[str, ...] = ()
    wait_for: tuple[str, ...] = ()
    needed_bytes: int = 0
    kv_bytes: int = 0
    available_bytes: int = 0
    available_after_eviction_bytes: int = 0
    pinned: tuple[str, ...] = ()
    estimated_load_time_seconds: float | None = None
    reason: str = ""
