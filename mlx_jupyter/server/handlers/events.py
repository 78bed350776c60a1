"""`GET admin/events`: what happens in the pool, as server-sent events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import get_args, get_type_hints

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.pool.events import Event
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.event_stream import EventStream
from mlx_jupyter.server.handlers.work import WorkHandler
from mlx_jupyter.wire.pool import PoolEvent

__all__ = ["EventsHandler"]

HEARTBEAT_SECONDS = 15.0
TYPES = get_args(get_type_hints(PoolEvent)["type"])


class EventsHandler(WorkHandler):
    """From now on; `?after=N`, or a `Last-Event-ID` header, adds what is kept of what came later
    than event N; `?limit=N` gives the last N that are kept and ends. `?types=state,eviction` gives
    these types only."""

    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        after = self._number("after", self.request.headers.get("Last-Event-ID"))
        limit = self._number("limit", None)
        types = self._types()
        await self.do(self._follow(after, types) if limit is None else self._last(limit, types))

    def _number(self, name: str, default: str | None) -> int | None:
        text = self.get_query_argument(name, default)
        if text is None or text == "":
            return None
        if not text.isdecimal():
            raise InvalidRequest(f"'{name}' is a number, not '{text}'.", param=name)
        return int(text)

    def _types(self) -> frozenset[str]:
        names = [name.strip() for name in self.get_query_argument("types", "").split(",")]
        asked = frozenset(filter(None, names))
        if unknown := sorted(asked.difference(TYPES)):
            known = ", ".join(TYPES)
            message = f"'types' names '{unknown[0]}'; events are of the types {known}."
            raise InvalidRequest(message, param="types")
        return asked or frozenset(TYPES)

    async def _last(self, limit: int, types: frozenset[str]) -> None:
        stream = EventStream(self, "events")
        kept = _of(types, self.app.pool.events.kept)
        await stream.publish(kept[-limit:] if limit else [])
        await stream.end()
        self.finish(set_content_type="text/event-stream")

    async def _follow(self, after: int | None, types: frozenset[str]) -> None:
        stream = EventStream(self, "events")
        subscription = self.app.pool.events.subscribe(after)
        try:
            await stream.comment("the pool's events")
            while True:
                events = await subscription.next(HEARTBEAT_SECONDS)
                if wanted := _of(types, events):
                    await stream.publish(wanted)
                else:
                    await stream.comment("still here")
        except StreamClosedError:
            return
        finally:
            subscription.close()


def _of(types: frozenset[str], events: Iterable[Event]) -> list[Event]:
    return [event for event in events if event.type in types]
