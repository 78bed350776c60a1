"""What `%mlx load`, `evict`, `pin`, `unpin`, `switch` and `use` have changed."""

from __future__ import annotations

from dataclasses import dataclass

from mlx_jupyter.kernel.reports.pinner import pinners
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.units import duration, size
from mlx_jupyter.wire.pool import Loaded, Pinned, SwitchResult, Unloaded

__all__ = ["EvictedReport", "LoadedReport", "PinnedReport", "SwitchedReport", "UseReport"]


@dataclass(repr=False, eq=False)
class LoadedReport(Report):
    loaded: Loaded

    def sentences(self) -> list[str]:
        loaded = self.loaded
        is_new = loaded.status == "loaded"
        done = "is loaded" if is_new else "was loaded already"
        pinned = (" and pinned" if is_new else ", and is pinned") if loaded.pinned else ""
        facts = [size(loaded.size_bytes)]
        if is_new and loaded.load_seconds is not None:
            facts.append(duration(loaded.load_seconds))
        return [f"{loaded.model} {done}{pinned} ({', '.join(facts)}){_evicted(loaded)}"]


@dataclass(repr=False, eq=False)
class SwitchedReport(Report):
    switched: SwitchResult

    def sentences(self) -> list[str]:
        switched = self.switched
        already = switched.status == "already_loaded"
        said = f"{switched.model} {'was loaded already' if already else 'is loaded'}"
        return [said + _evicted(switched)]


def _evicted(result: Loaded | SwitchResult) -> str:
    left = ", ".join(result.unloaded_models)
    return f"; evicted: {left}." if left else "."


@dataclass(repr=False, eq=False)
class EvictedReport(Report):
    """`kept` are those that could not be evicted, each with the reason."""

    evicted: list[Unloaded]
    kept: dict[str, str]

    def sentences(self) -> list[str]:
        if not self.evicted and not self.kept:
            return ["No model is loaded."]
        said = [f"{left.model} is evicted ({size(left.freed_bytes)})." for left in self.evicted]
        return [*said, *self.kept.values()]


@dataclass(repr=False, eq=False)
class PinnedReport(Report):
    pinned: Pinned
    own_kernel: str | None = None

    def sentences(self) -> list[str]:
        pinned = self.pinned
        by = pinners(pinned.pinned_by, self.own_kernel)
        if not pinned.pinned_by:
            return [f"{pinned.model} is not pinned any more."]
        if pinned.status == "pinned":
            return [f"{pinned.model} is pinned by {by}."]
        said = f"{pinned.model} is still pinned by {by}."
        if "user" not in pinned.pinned_by:
            return [said]
        return [f"{said} %mlx unpin --keep {pinned.model} takes your pin away."]


@dataclass(repr=False, eq=False)
class UseReport(Report):
    """`model` is for questions, `embedding_model` for vectors; None where the server's default is
    used."""

    model: str | None
    embedding_model: str | None = None

    def sentences(self) -> list[str]:
        said = []
        if self.model:
            said.append(f"This notebook uses {self.model} unless told otherwise (-m MODEL).")
        if self.embedding_model:
            said.append(f"%embed uses {self.embedding_model} unless told otherwise (-m MODEL).")
        default = "This notebook uses the server's default model; %mlx use MODEL sets another."
        return said or [default]
