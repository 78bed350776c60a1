"""Which models there are, as they were a moment ago: what Tab may know without waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.transport import decode, http_client, translated
from mlx_jupyter.wire.pool import ModelStatus, PoolStatus

__all__ = ["Roster"]

FRESH_SECONDS = 3.0
FIRST_WAIT_SECONDS = 0.3
_TIMEOUT_SECONDS = 1.0
_THREAD = "mlx_jupyter.roster"


class Roster:
    """Asked for, it answers from memory, and lets a short-lived thread ask the server if what it
    knows is old. Only before the first answer does it wait, and not for long. What was known stays
    while the server is away.

    `endpoint` says where to ask, from that thread; it may raise `ServerNotFound`. The server does
    not count these requests as activity.
    """

    def __init__(self, endpoint: Callable[[], Endpoint]) -> None:
        self._endpoint = endpoint
        self._models: dict[str, ModelStatus] = {}
        self._asked_at: float | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._answered = threading.Event()
        self._closed = False

    def models(self) -> dict[str, ModelStatus]:
        """In the server's order; empty while none is known. Never raises."""
        self._refresh()
        self._answered.wait(FIRST_WAIT_SECONDS)
        return self._models

    def close(self) -> None:
        """Ends the thread, which is a matter of its time limit at most."""
        with self._lock:
            self._closed = True
        if self._thread is not None:
            self._thread.join(2 * _TIMEOUT_SECONDS)

    def _refresh(self) -> None:
        now = time.monotonic()
        with self._lock:
            is_fresh = self._asked_at is not None and now - self._asked_at < FRESH_SECONDS
            if self._closed or is_fresh or (self._thread and self._thread.is_alive()):
                return
            self._asked_at = now
            self._thread = threading.Thread(
                target=self._ask, name="mlx_jupyter.roster", daemon=True
            )
            self._thread.start()

    def _ask(self) -> None:
        try:
            self._models = self._status().models
        except (MLXJupyterError, OSError, ValueError):
            # No server, one that is away, or an address that is none: Tab says nothing of it.
            return
        finally:
            self._answered.set()

    def _status(self) -> PoolStatus:
        endpoint = self._endpoint()
        with (
            http_client(endpoint, timeout_seconds=_TIMEOUT_SECONDS) as client,
            translated(endpoint),
        ):
            return decode(client.get(f"{endpoint.base_url}/models/status"), PoolStatus)
