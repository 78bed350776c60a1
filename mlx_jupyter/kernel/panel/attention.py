"""Whether someone may be looking at a panel.

What a kernel sends counts as activity, and activity keeps a kernel and its server from being
culled. So a panel that nobody looks at must say nothing.
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["PATIENCE_SECONDS", "Attention"]

PATIENCE_SECONDS = 600.0


class Attention:
    """Unattended is a panel that nobody has touched for ten minutes, or whose last view is gone.

    `clock` is in seconds from anywhere.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._touched_at = clock()
        self._views = 0
        self._left = False

    def touch(self) -> None:
        self._touched_at = self._clock()
        self._left = False

    def count_views(self, views: int) -> bool:
        """What the frontend says; True if that is a reason to wake up. A panel that has not been
        shown yet is not left: a frontend that counts no views may show it."""
        left, came = self._views > 0 and views == 0, views > self._views
        self._views = views
        if came:
            self.touch()
        self._left = self._left or left
        return came

    @property
    def is_away(self) -> bool:
        return self._left or self._clock() - self._touched_at >= PATIENCE_SECONDS
