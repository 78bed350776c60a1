"""The words for a lack of memory: what is needed, what there is, who holds it, what to do."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.errors import ExceedsMemory, InsufficientMemory, QueueFull, QueueTimeout
from mlx_jupyter.pool.budget import gigabytes
from mlx_jupyter.pool.plan import Plan

__all__ = ["Want", "refusal", "too_busy"]

RETRY_SECONDS = 10
_TOO_BUSY: dict[type[QueueFull], str] = {
    QueueTimeout: "waited {} s for room",
    QueueFull: "would have to wait for room with {} others",
}


@dataclass(frozen=True)
class Want:
    """`need_bytes` on top of what is booked, `whole_bytes` in an empty pool; `because` is what
    stands in the way if it is not the budget."""

    model: str
    need_bytes: int
    whole_bytes: int
    after_eviction_bytes: int
    budget_bytes: int
    pinned: tuple[str, ...] = ()
    because: str | None = None
    limit: str = "memory_limit"


def refusal(want: Want) -> InsufficientMemory:
    """`ExceedsMemory` for what no eviction and no patience can make fit."""
    if want.because and want.need_bytes <= want.after_eviction_bytes:
        message = f"{want.model} cannot be loaded now: {want.because}."
    else:
        message = (
            f"Insufficient memory: need {gigabytes(want.need_bytes)}, only "
            f"{gigabytes(want.after_eviction_bytes)} available after eviction."
        )
    if want.whole_bytes > want.budget_bytes:
        return ExceedsMemory(
            f"{message} {want.model} with this request takes {gigabytes(want.whole_bytes)}, more "
            f"than the whole memory_limit of {gigabytes(want.budget_bytes)}. Choose a smaller "
            "model or a shorter answer, or raise memory_limit.",
            param="model",
        )
    error = InsufficientMemory(f"{message} {_advice(want)}", param="model")
    error.retry_after_seconds = RETRY_SECONDS
    return error


def _advice(want: Want) -> str:
    said = f"Because {want.because}. " if want.because and _is_short(want) else ""
    if want.pinned:
        return f"{said}Pinned: {', '.join(want.pinned)}. Unpin one, or raise {want.limit}."
    return f"{said}Close what is not needed, or try again later."


def _is_short(want: Want) -> bool:
    return want.need_bytes > want.after_eviction_bytes


def too_busy(kind: type[QueueFull], plan: Plan, number: int) -> QueueFull:
    """For a request that waits for others; `number` is of seconds, or of those who wait too."""
    busy = ", ".join(plan.wait_for) or "others"
    what = _TOO_BUSY[kind].format(number)
    error = kind(
        f"The request for {plan.model} {what}; in use: {busy}. Try again later, or free memory.",
        param="model",
    )
    error.plan, error.retry_after_seconds = plan, RETRY_SECONDS
    return error
