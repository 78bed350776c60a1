"""The models that a panel has a row for: loaded, loading, failed or pinned."""

from __future__ import annotations

import time
from dataclasses import dataclass

from mlx_jupyter.kernel.reports.pinner import pinners
from mlx_jupyter.kernel.units import gigabytes
from mlx_jupyter.wire.pool import LoadProgress, ModelStatus

__all__ = ["Row", "answers", "clock", "row"]

_ANSWERING = ("text", "vision")


@dataclass(frozen=True)
class Row:
    """A model in words. `share` of 1 is how far its load has come, None where it is not loading;
    `facts` are pins, uses and times, which are absolute: they need no update as time passes."""

    model: str
    kind: str
    size: str
    state: str
    share: float | None = None
    facts: tuple[str, ...] = ()
    error: str = ""
    pinned: bool = False
    in_use: bool = False
    answers: bool = False

    @property
    def is_loaded(self) -> bool:
        return self.state == "loaded"

    @property
    def is_loading(self) -> bool:
        return self.share is not None

    @property
    def can_load(self) -> bool:
        return not self.is_loaded and not self.is_loading

    @property
    def can_evict(self) -> bool:
        return not self.can_load or self.pinned or bool(self.error)


def row(model: str, status: ModelStatus, own_kernel: str | None) -> Row | None:
    """None for a model that is only there on the disk."""
    if status.status == "unloaded" and not status.pinned:
        return None
    loading = status.status == "loading"
    return Row(
        model=model,
        kind=status.kind,
        size=gigabytes(status.memory_used_gb or status.size_gb),
        state=_state(status),
        share=_share(status.progress) if loading else None,
        facts=tuple(_facts(status, own_kernel)),
        error=" ".join((status.last_error or "").split()),
        pinned=status.pinned,
        in_use=status.in_use,
        answers=answers(status),
    )


def answers(status: ModelStatus) -> bool:
    """Whether a question can be put to it."""
    return status.kind in _ANSWERING


def _state(status: ModelStatus) -> str:
    if status.status == "running":
        return "loaded"
    if status.status != "loading":
        return status.status
    progress = status.progress
    verb = "downloading" if progress and progress.stage == "download" else "loading"
    return f"{verb} {int(100 * _share(progress))} %" if progress else verb


def _share(progress: LoadProgress | None) -> float:
    if progress is None or progress.total_bytes <= 0:
        return 0.0
    return min(progress.done_bytes / progress.total_bytes, 1.0)


def _facts(status: ModelStatus, own_kernel: str | None) -> list[str]:
    facts = []
    if status.pinned:
        facts.append(f"pinned by {pinners(status.pinned_by, own_kernel)}")
    if status.in_use:
        count = status.requests or 1
        facts.append(f"in use by {count} request{'s' * (count != 1)}")
    elif status.status == "running" and status.last_used is not None:
        facts.append(f"idle since {clock(status.last_used)}")
    if status.in_use and (speed := status.tokens_per_second):
        facts.append(f"{speed:.0f} tokens/s" if speed >= 10 else f"{speed:.1f} tokens/s")
    for kept_gb, what in ((status.prompt_cache_gb, "prompts"), (status.image_cache_gb, "pictures")):
        if kept_gb:
            facts.append(f"keeps {gigabytes(kept_gb)} of {what}")
    if status.expires_at is not None:
        facts.append(f"leaves at {clock(status.expires_at)}")
    if status.health == "unhealthy" and status.status == "running":
        facts.append("does not answer")
    return facts


def clock(moment: float) -> str:
    """The local time of day. `moment` is in seconds since 1970."""
    return time.strftime("%H:%M:%S", time.localtime(moment))
