"""From what the server says to what a panel shows. Pure: time is an argument, HTML is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from mlx_jupyter.kernel.panel.log import log_lines
from mlx_jupyter.kernel.panel.rows import Row, answers, row
from mlx_jupyter.kernel.panel.segments import Segment, segments, used_bytes
from mlx_jupyter.kernel.units import gigabytes, size
from mlx_jupyter.wire.pool import AdminStatus, ModelStatus, PlanReport, PoolEvent, PoolStatus

__all__ = ["Choice", "PoolView", "headline", "plan_words", "pool_view"]

_REFUSED = "Insufficient memory: "
_LEVELS = ((0.95, "full"), (0.8, "high"), (0.5, "medium"), (0.0, "low"))


@dataclass(frozen=True)
class Choice:
    """A model to choose, and what is said of it there."""

    model: str
    label: str


@dataclass(frozen=True)
class PoolView:
    """Two views are equal if they look the same; `at`, in seconds since 1970, is when it was so.

    `absent` are the models of this machine that may be loaded, `askable` those that answer
    questions, loaded ones first. `pressure` is empty while the machine has memory.
    """

    budget_bytes: int
    used_bytes: int
    segments: tuple[Segment, ...]
    rows: tuple[Row, ...]
    log: tuple[str, ...]
    absent: tuple[Choice, ...]
    askable: tuple[Choice, ...]
    pressure: str = ""
    at: float = field(default=0.0, compare=False)

    @property
    def share(self) -> float:
        return self.used_bytes / self.budget_bytes if self.budget_bytes else 0.0

    @property
    def level(self) -> str:
        return next((word for least, word in _LEVELS if self.share >= least), "low")

    @property
    def is_moving(self) -> bool:
        """Whether it will look different soon: something loads, or answers."""
        return any(row.in_use or row.is_loading for row in self.rows)


def pool_view(
    status: PoolStatus,
    admin: AdminStatus,
    events: Iterable[PoolEvent],
    own_kernel: str | None,
    now: float,
) -> PoolView:
    """`now` is in seconds since 1970."""
    parts = segments(admin)
    models = status.models.items()
    found = (row(name, model, own_kernel) for name, model in models)
    rows = tuple(shown for shown in found if shown is not None)
    there = {shown.model for shown in rows if not shown.can_load}
    asked = [(name not in there, name, model) for name, model in models if answers(model)]
    return PoolView(
        budget_bytes=admin.ledger.budget_bytes,
        used_bytes=used_bytes(parts),
        segments=parts,
        rows=rows,
        log=log_lines(events),
        absent=tuple(_absent(name, model) for name, model in models if name not in there),
        askable=tuple(_askable(name, away=away) for away, name, _ in sorted(asked, key=_order)),
        pressure=_pressure(status),
        at=now,
    )


def _order(asked: tuple[bool, str, ModelStatus]) -> tuple[bool, str]:
    return asked[:2]


def _absent(name: str, model: ModelStatus) -> Choice:
    return Choice(name, f"{name} · {model.kind} · {gigabytes(model.size_gb)}")


def _askable(name: str, *, away: bool) -> Choice:
    return Choice(name, f"{name} (will be loaded)" if away else name)


def _pressure(status: PoolStatus) -> str:
    memory = status.memory
    if memory.pressure == "normal":
        return ""
    left = gigabytes(memory.host_available_gb)
    return f"The machine is short of memory ({memory.pressure}): {left} are left."


def headline(view: PoolView) -> str:
    """`2.10 GB of 48.0 GB used (4 %, low), 45.9 GB free.`"""
    free = sum(part.count_bytes for part in view.segments if part.part == "free")
    used = f"{size(view.used_bytes)} of {size(view.budget_bytes)} used"
    said = f"{used} ({int(100 * view.share)} %, {view.level}), {size(free)} free."
    return f"{said} {view.pressure}".rstrip()


def plan_words(plan: PlanReport) -> str:
    """What a click on Load would do now."""
    if plan.resident:
        return "is loaded already"
    if not plan.fits:
        return f"does not fit: {plan.reason.removeprefix(_REFUSED)}"
    needs = f"needs {size(plan.needed_bytes)}, {size(plan.available_bytes)} are free"
    steps = []
    if plan.evict:
        steps.append(f"would evict {', '.join(plan.evict)}")
    if plan.wait_for:
        steps.append(f"would wait for {', '.join(plan.wait_for)}, in use now")
    return f"{' and '.join(steps) or 'fits'} ({needs})"
