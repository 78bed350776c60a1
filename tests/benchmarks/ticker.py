"""A small Jupyter Server extension that tells how late the server's event loop runs.

A task sleeps for 5 ms again and again. For each sleep it keeps how much longer it took, and how
much CPU time the loop's own thread used meanwhile: a thread that waits for a core is late without
having worked, a loop that is held by a callback is late because it works.
`GET <base_url>benchmarks/loop` gives the ticks since the last `GET` and forgets them.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

import msgspec
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.web import authenticated

from tests.benchmarks.tick import PATH, Tick

__all__ = ["PERIOD_SECONDS", "LoopHandler", "Ticker"]

PERIOD_SECONDS = 0.005
MAX_TICKS = 200_000


class Ticker:
    def __init__(self) -> None:
        self._ticks: deque[Tick] = deque(maxlen=MAX_TICKS)

    async def run(self) -> None:
        while True:
            start, worked = time.perf_counter(), time.thread_time()
            await asyncio.sleep(PERIOD_SECONDS)
            late = time.perf_counter() - start - PERIOD_SECONDS
            self._ticks.append(Tick(late, time.thread_time() - worked))

    def take(self) -> list[Tick]:
        taken = list(self._ticks)
        self._ticks.clear()
        return taken


class LoopHandler(APIHandler):  # type: ignore[misc]
    def initialize(self, ticker: Ticker) -> None:
        self._ticker = ticker

    @authenticated  # type: ignore[untyped-decorator]
    def get(self) -> None:
        self.finish(msgspec.json.encode(self._ticker.take()))


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "tests.benchmarks.ticker"}]


def _load_jupyter_server_extension(serverapp: Any) -> None:
    ticker = Ticker()
    url = url_path_join(serverapp.web_app.settings["base_url"], PATH)
    serverapp.web_app.add_handlers(".*$", [(url, LoopHandler, {"ticker": ticker})])
    serverapp.web_app.settings["benchmark_ticker"] = ticker


async def _start_jupyter_server_extension(serverapp: Any) -> None:
    settings = serverapp.web_app.settings
    settings["benchmark_ticking"] = asyncio.create_task(settings["benchmark_ticker"].run())
