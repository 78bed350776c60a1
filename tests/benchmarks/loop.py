"""How late the event loop of our server was, as its `ticker` tells it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Self

import httpx
import msgspec
from msgspec import Struct

from tests.benchmarks.tick import PATH, Tick

__all__ = ["Lateness", "LoopWatch", "lateness"]


class Lateness(Struct, frozen=True):
    """`own` counts of each tick's lateness only what the loop's thread spent working, which is what
    is left of it on a machine that is not shared."""

    ticks: int
    p99_ms: float
    max_ms: float
    own_max_ms: float


class LoopWatch:
    """The parent's end of `ticker`, in the Jupyter server at `base_url`."""

    def __init__(self, base_url: str, token: str) -> None:
        headers = {"Authorization": f"token {token}"}
        self._url = base_url + PATH
        self._client = httpx.Client(headers=headers, trust_env=False)

    def take(self) -> list[Tick]:
        """The ticks since the last call."""
        response = self._client.get(self._url).raise_for_status()
        return msgspec.json.decode(response.content, type=list[Tick])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()


def lateness(ticks: Sequence[Tick]) -> Lateness | None:
    """A summary; None when there was no tick at all."""
    if not ticks:
        return None
    late = sorted(tick.late_seconds for tick in ticks)
    own = max(min(tick.late_seconds, tick.worked_seconds) for tick in ticks)
    return Lateness(
        ticks=len(late),
        p99_ms=1e3 * late[int(0.99 * (len(late) - 1))],
        max_ms=1e3 * late[-1],
        own_max_ms=1e3 * own,
    )
