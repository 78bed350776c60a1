"""`%mlx connect`: where this notebook is connected, and where it could be."""

from __future__ import annotations

from dataclasses import dataclass, field

from mlx_jupyter.kernel.doctor.discovering import HOW
from mlx_jupyter.kernel.doctor.probe import Probe
from mlx_jupyter.kernel.endpoint import Endpoint, same_address
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.table import Table
from mlx_jupyter.wire.record import ServerRecord

__all__ = ["ConnectionReport"]


@dataclass(repr=False, eq=False)
class ConnectionReport(Report):
    """`endpoint` is None where no server was found, and `problem` says why. `records` are all
    servers on this machine that answer, in the order of their numbers. Nothing secret is shown."""

    endpoint: Endpoint | None
    probe: Probe | None
    is_chosen: bool = False
    problem: str = ""
    warnings: list[str] = field(default_factory=list)
    records: list[ServerRecord] = field(default_factory=list)

    def sentences(self) -> list[str]:
        return [*self._where(), *self.warnings]

    def _where(self) -> list[str]:
        if self.endpoint is None or self.probe is None:
            return [self.problem]
        how = "your choice" if self.is_chosen else HOW[self.endpoint.how]
        if self.probe.health is None:
            where = f"This notebook would use {self.endpoint.base_url} ({how})."
            return [where, f"{self.probe.said} {self.probe.todo}".strip()]
        version = self.probe.health.version
        return [f"Connected to {self.endpoint.base_url} ({how}; mlx_jupyter {version})."]

    def table(self) -> Table | None:
        if not self.records or (len(self.records) == 1 and self._is_here(self.records[0])):
            return None
        columns = ("Number", "Address", "Folder", "Version", "")
        rows = [self._row(number, record) for number, record in enumerate(self.records, 1)]
        return Table(columns, rows, frozenset({"Number"}))

    def _row(self, number: int, record: ServerRecord) -> tuple[str, ...]:
        here = "connected" if self._is_here(record) else ""
        return (str(number), record.base_url, record.root_dir, record.version, here)

    def _is_here(self, record: ServerRecord) -> bool:
        return self.endpoint is not None and same_address(record.base_url, self.endpoint.base_url)
