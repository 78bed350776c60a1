"""One who listens to a feed, and how tests wait for what a thread does."""

from __future__ import annotations

import threading

from mlx_jupyter.kernel.panel.audience import News

__all__ = ["Ear", "panel_threads"]


class Ear:
    def __init__(self) -> None:
        self.heard: list[News] = []
        self.reasons: list[str] = []
        self.away = False

    def tell(self, news: News) -> None:
        self.heard.append(news)

    def is_away(self) -> bool:
        return self.away

    def leave(self, reason: str) -> None:
        self.reasons.append(reason)


def panel_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mlx_jupyter panels"]
