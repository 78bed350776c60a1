"""`%mlx plan`, and what a refusal for want of memory adds to its sentence."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.units import duration, size
from mlx_jupyter.wire.pool import PlanReport

__all__ = ["PlannedReport", "listed", "load_words", "who_holds"]

_WORTH_SAYING_SECONDS = 0.5


@dataclass(repr=False, eq=False)
class PlannedReport(Report):
    plan: PlanReport

    def sentences(self) -> list[str]:
        plan = self.plan
        if plan.resident:
            return [f"{plan.model} is loaded already."]
        if not plan.fits:
            return [f"{plan.model} does not fit: {plan.reason}"]
        return [f"{plan.model} fits{_after(plan)} ({_sizes(plan)})."]


def _after(plan: PlanReport) -> str:
    steps = []
    if plan.wait_for:
        steps.append(f"waiting for {listed(plan.wait_for)}, in use now")
    if plan.evict:
        steps.append(f"evicting {listed(plan.evict)}")
    return f" after {' and '.join(steps)}" if steps else ""


def _sizes(plan: PlanReport) -> str:
    sizes = [f"it needs {size(plan.needed_bytes)}", f"{size(plan.available_bytes)} are free"]
    if plan.evict or plan.wait_for:
        sizes.append(f"{size(plan.available_after_eviction_bytes)} then")
    return ", ".join([*sizes, *load_words(plan)])


def load_words(plan: PlanReport) -> list[str]:
    """How long it would take; nothing where that is no time."""
    seconds = plan.estimated_load_time_seconds or 0.0
    return [f"loads in about {duration(seconds)}"] if seconds >= _WORTH_SAYING_SECONDS else []


def listed(models: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = models
    return f"{', '.join(first)} and {last}" if first else last


def who_holds(plan: PlanReport, message: str) -> str:
    """Who is in the way, as a sentence to follow `message`; empty where that names them all."""
    facts = [
        f"{what}: {', '.join(models)}"
        for what, models in (("pinned", plan.pinned), ("in use", plan.wait_for))
        if any(model not in message for model in models)
    ]
    said = "; ".join(facts)
    return f" {said[0].upper()}{said[1:]}." if said else ""
