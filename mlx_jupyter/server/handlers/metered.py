"""A handler whose requests are counted when they have ended, however they end."""

from __future__ import annotations

from mlx_jupyter.server.handlers.work import WorkHandler
from mlx_jupyter.server.metrics.measured import CLIENT_GONE, Measured

__all__ = ["MeteredHandler"]


class MeteredHandler(WorkHandler):
    route = ""
    """What its requests are counted as."""

    def initialize(self) -> None:
        self.measured = Measured()

    def on_finish(self) -> None:
        super().on_finish()
        if self.request.method == "POST":
            self.measured.end(CLIENT_GONE if self._gone else self.get_status())
            self.app.series.count(self.route, self.measured)
