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
from mlx_jupyter.wire.pool import ModelStatus, PoolStatus

__all__ = ["ModelsReport", "StatusReport"]

_STATES = {"absent": "", "ready": "loaded"}


@dataclass(repr=False, eq=False)
class StatusReport(Report):
    """The budget, and the models that are loaded, loading or failed. `now` is of `time.time`."""

    status: PoolStatus
    now: float
    own_kernel: str | None = None

    def sentences(self) -> list[str]:
        memory = self.status.memory
        count = sum(model.status == "running" for model in self.status.models.values())
        share = memory.used_gb / memory.limit_gb if memory.limit_gb else 0.0
        used = f"{gigabytes(memory.used_gb)} of {gigabytes(memory.limit_gb)} used"
        models = "1 model" if count == 1 else f"{count} models"
        # They go before any model does, so what they take counts as free.
        spare = f" ({gigabytes(memory.spare_gb)} of it in spare workers)" if memory.spare_gb else ""
        budget = f"{bar(share)} {used}, {models}, {gigabytes(memory.available_gb)} free{spare}"
        if memory.pressure == "normal":
            return [budget]
        left = gigabytes(memory.host_available_gb)
        return [budget, f"The machine is short of memory ({memory.pressure}): {left} are left."]

    def table(self) -> Table | None:
        models = self.status.models.items()
        there = [(name, model) for name, model in models if model.status != "unloaded"]
        if not there:
            return None
        columns = ("Model", "State", "Size", "In use", "Pinned by", "Idle", "Unloads in", "Error")
        rows = [self._row(name, model) for name, model in there]
        return Table(columns, rows, frozenset({"Size", "In use", "Idle", "Unloads in"}))

    def _row(self, name: str, model: ModelStatus) -> tuple[str, ...]:
        idle = model.status == "running" and not model.in_use and model.last_used is not None
        return (
            name,
            _state(model),
            gigabytes(model.memory_used_gb or model.size_gb),
            str(model.requests or 1) if model.in_use else "",
            pinners(model.pinned_by, self.own_kernel),
            duration(self.now - (model.last_used or 0.0)) if idle else "",
            "" if model.expires_at is None else duration(model.expires_at - self.now),
            model.last_error or "",
        )


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
