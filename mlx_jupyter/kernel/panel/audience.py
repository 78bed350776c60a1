"""Who is told what the pool does: panels, each told only what is new to it."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Protocol

from mlx_jupyter.kernel.panel.state import PoolView

__all__ = ["Audience", "Listener", "News"]


@dataclass(frozen=True)
class News:
    """`trouble` is empty while the server is there; `view` is None where there is trouble."""

    view: PoolView | None
    trouble: str = ""


class Listener(Protocol):
    """Its methods are called in the feed's thread."""

    def tell(self, news: News) -> None: ...

    def is_away(self) -> bool:
        """Whether nobody looks; it is told no more then, until it joins again."""

    def leave(self, reason: str) -> None:
        """It is told no more; `reason` is for the user."""


class Audience:
    """May be used in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: dict[Listener, News | None] = {}

    def __len__(self) -> int:
        return len(self._told)

    def join(self, listener: Listener) -> None:
        """From the next news on, whatever they are."""
        with self._lock:
            self._told[listener] = None

    def part(self, listener: Listener) -> None:
        with self._lock:
            self._told.pop(listener, None)

    def tell(self, news: News) -> None:
        with self._lock:
            new_to = [listener for listener, told in self._told.items() if told != news]
            self._told |= dict.fromkeys(new_to, news)
        for listener in new_to:
            listener.tell(news)

    def dismiss_absent(self, reason: str) -> None:
        """Those before whom nobody sits."""
        for listener in self._present():
            if listener.is_away():
                self.part(listener)
                listener.leave(reason)

    def dismiss(self, reason: str) -> None:
        for listener in self._present():
            self.part(listener)
            listener.leave(reason)

    def _present(self) -> list[Listener]:
        with self._lock:
            return list(self._told)
