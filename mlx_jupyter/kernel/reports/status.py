"""`%mlx status` and `%mlx models`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mlx_jupyter.kernel.progress import bar
from mlx_jupyter.kernel.reports.pinner import pinners
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table
from mlx_jupyter.kernel.units import duration, gigabytes, size
from mlx_jupyter.wire.models import Model
from mlx_jupyter.wire.pool import MemoryStatus, ModelStatus, PoolStatus

__all__ = ["ModelsReport", "StatusReport"]

_STATES = {"absent": "", "ready": "loaded"}


@dataclass(repr=False, eq=False)
class StatusReport(Report):
    """The budget, and the models that are loaded, loading or failed. `now` is of `time.time`;
    `vectors_bytes` are those of the file of vectors that were made before."""

    status: PoolStatus
    now: float
    own_kernel: str | None = None
    vectors_bytes: int = 0

    def sentences(self) -> list[str]:
        memory = self.status.memory
        count = sum(model.status == "running" for model in self.status.models.values())
        share = memory.used_gb / memory.limit_gb if memory.limit_gb else 0.0
        used = f"{gigabytes(memory.used_gb)} of {gigabytes(memory.limit_gb)} used"
        models = "1 model" if count == 1 else f"{count} models"
        free = f"{gigabytes(memory.available_gb)} free{_lent(memory)}"
        said = [f"{bar(share)} {used}, {models}, {free}"]
        if self.vectors_bytes:
            said.append(f"{size(self.vectors_bytes)} of vectors are kept on disk.")
        if memory.pressure != "normal":
            left = gigabytes(memory.host_available_gb)
            said.append(f"The machine is short of memory ({memory.pressure}): {left} are left.")
        return said

    def table(self) -> Table | None:
        models = self.status.models.items()
        there = [(name, model) for name, model in models if model.status != "unloaded"]
        if not there:
            return None
        columns = ("Model", "State", "Size", "Caches", "In use", "Pinned by", "Idle", "Unloads in")
        rows = [self._row(name, model) for name, model in there]
        numbers = frozenset({"Size", "Caches", "In use", "Idle", "Unloads in"})
        return Table((*columns, "Error"), rows, numbers)

    def _row(self, name: str, model: ModelStatus) -> tuple[str, ...]:
        idle = model.status == "running" and not model.in_use and model.last_used is not None
        return (
            name,
            _state(model),
            gigabytes(model.memory_used_gb or model.size_gb),
            gigabytes(kept_gb) if (kept_gb := model.prompt_cache_gb + model.image_cache_gb) else "",
            str(model.requests or 1) if model.in_use else "",
            pinners(model.pinned_by, self.own_kernel),
            duration(self.now - (model.last_used or 0.0)) if idle else "",
            "" if model.expires_at is None else duration(model.expires_at - self.now),
            model.last_error or "",
        )


def _lent(memory: MemoryStatus) -> str:
    """What goes before any model does, so that it counts as free."""
    parts = ((memory.spare_gb, "spare workers"), (memory.cached_gb, "caches"))
    lent = ", ".join(f"{gigabytes(taken)} of it in {what}" for taken, what in parts if taken)
    return f" ({lent})" if lent else ""


def _state(model: ModelStatus) -> str:
    if model.status == "running":
        return "loaded"
    progress = model.progress
    if progress is None or progress.total_bytes <= 0:
        return model.status
    percent = int(100 * min(progress.done_bytes / progress.total_bytes, 1.0))
    return f"{'downloading' if progress.stage == 'download' else 'loading'} {percent} %"


@dataclass(repr=False, eq=False)
class ModelsReport(Report):
    """All models of this machine; this notebook uses the `chosen` ones unless told otherwise."""

    models: list[Model]
    chosen: Collection[str | None] = ()

    def sentences(self) -> list[str]:
        return [] if self.models else ["There is no model on this machine."]

    def table(self) -> Table | None:
        if not self.models:
            return None
        columns = ("Model", "Kind", "Size", "Context", "State")
        rows = [self._row(model) for model in self.models]
        return Table(columns, rows, frozenset({"Size", "Context"}))

    def _row(self, model: Model) -> tuple[str, ...]:
        states = [_STATES.get(model.state, model.state)]
        states += ["failed"] * (model.state == "absent" and bool(model.last_error))
        states += ["pinned"] * model.pinned + ["used here"] * (model.id in self.chosen)
        context = "" if model.context_length is None else str(model.context_length)
        state = ", ".join(filter(None, states))
        return (model.id, model.kind, size(model.size_bytes), context, state)
