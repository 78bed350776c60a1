"""What a page of JupyterLab asks of the pool, and what it writes to its console."""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["Heard"]

LOOK = "v1/models/status"
NOBODY_THERE = ("net::ERR_", "WebSocket connection to")
"""What Chromium itself says of a server that has ended, whoever asked."""


class Heard:
    """`asked` are the routes below `mlx/`, `errors` what is red in the console."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.asked: list[str] = []
        self.errors: list[str] = []
        page.on("request", lambda request: self._hear(request.url))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def looks(self) -> int:
        self._page.evaluate("0")  # meanwhile Playwright tells what it has heard
        return sum(route.startswith(LOOK) for route in self.asked)

    def without_outage(self) -> list[str]:
        """The errors but for those that say that the server was not there."""
        return [error for error in self.errors if not any(w in error for w in NOBODY_THERE)]

    def _hear(self, url: str) -> None:
        _, _, route = url.partition("/mlx/")
        if route:
            self.asked.append(route)
