"""What a pool does, told to every panel of this kernel by one thread.

The thread lives while a panel listens. It follows the server's events, and after one of them (at
most twice a second) asks for the status, which is the truth; panels are told when that looks
different. While something loads or answers it looks each second; else every fifteen, because a
short use may leave no event. A server that is gone is looked for again, less and less often.
"""

from __future__ import annotations

import asyncio
import functools
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from mlx_jupyter.errors import MLXJupyterError, ServerNotFound
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.endpoint import Endpoint
from mlx_jupyter.kernel.panel.audience import Audience, Listener, News
from mlx_jupyter.kernel.panel.follower import Follower, within
from mlx_jupyter.kernel.panel.rediscovery import found_again, is_stale

__all__ = ["Feed", "end_feeds", "feed_of"]

T = TypeVar("T")
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 4.0
_UNATTENDED = "Paused, because nobody seemed to look. Press Resume."


class Feed:
    """Its methods may be called in any thread."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._audience = Audience()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop
        self._woken: asyncio.Event
        self._ended: asyncio.Event
        self._pause_seconds = _FIRST_PAUSE_SECONDS

    @property
    def is_running(self) -> bool:
        return self._thread is not None

    def attach(self, listener: Listener) -> None:
        """Tells `listener` from now on; at first what is so now."""
        with self._lock:
            self._audience.join(listener)
            if self._thread is None:
                self._start()
        self.nudge()

    def detach(self, listener: Listener) -> None:
        self._audience.part(listener)
        self.nudge()

    def end(self, reason: str) -> None:
        """Tells nobody any more."""
        self._audience.dismiss(reason)
        self.nudge()

    def nudge(self) -> None:
        """Has the thread look now, or end."""
        with self._lock:
            if self._thread is not None:
                self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        (self._ended.clear if len(self._audience) else self._ended.set)()
        self._woken.set()

    def use(self, action: Callable[[Pool], T]) -> T:
        """Does `action` with the pool, in this thread. A server that is not there any more is
        looked for once."""
        try:
            with Pool(self.endpoint) as pool:
                return action(pool)
        except MLXJupyterError as error:
            if not is_stale(error):
                raise
            self.endpoint = found_again(self.endpoint, error)
        with Pool(self.endpoint) as pool:
            return action(pool)

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._woken, self._ended = asyncio.Event(), asyncio.Event()
        self._thread = threading.Thread(
            target=self._run, args=(self._loop,), name="mlx_jupyter panels", daemon=True
        )
        self._thread.start()

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._live())
        finally:
            with self._lock:
                if self._thread is threading.current_thread():
                    self._thread = None
                loop.close()

    async def _live(self) -> None:
        while self._goes_on():
            try:
                await self._follow()
            except MLXJupyterError as error:
                self._audience.tell(News(None, error.message))
                await self._pause()
                self._look_for_it(error)

    def _goes_on(self) -> bool:
        """Not without an audience: who comes later starts another thread."""
        self._audience.dismiss_absent(_UNATTENDED)
        with self._lock:
            if len(self._audience):
                return True
            self._thread = None
            return False

    async def _follow(self) -> None:
        async with Follower(self.endpoint, self._woken, self._ended) as follower:
            while len(self._audience):
                self._audience.tell(News(await follower.look()))
                self._pause_seconds = _FIRST_PAUSE_SECONDS
                await follower.until_it_matters()
                self._audience.dismiss_absent(_UNATTENDED)

    async def _pause(self) -> None:
        self._woken.clear()
        await within(self._pause_seconds, self._woken)
        self._pause_seconds = min(2 * self._pause_seconds, _LONGEST_PAUSE_SECONDS)

    def _look_for_it(self, error: MLXJupyterError) -> None:
        if not is_stale(error):
            return
        with suppress(ServerNotFound):
            self.endpoint = found_again(self.endpoint, error)


@functools.cache
def _feeds() -> dict[str, Feed]:
    return {}


def feed_of(endpoint: Endpoint) -> Feed:
    """The one that all panels of this process share: one for the server that was found, wherever it
    is by now, and one for each address that the user gave."""
    address = endpoint.base_url if endpoint.how == "explicit" else ""
    feed = _feeds().setdefault(address, Feed(endpoint))
    if not feed.is_running:
        feed.endpoint = endpoint
    return feed


def end_feeds(reason: str) -> None:
    for feed in _feeds().values():
        feed.end(reason)
