"""How what was stopped by ■ ends its cell."""

from __future__ import annotations

__all__ = ["Interrupted"]


class Interrupted(KeyboardInterrupt):
    """Stops the cell, and with it Run All; IPython shows one line instead of a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"Interrupted: {self}"]
