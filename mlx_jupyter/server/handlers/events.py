"""`GET admin/events`: what happens in the pool, as server-sent events."""

from __future__ import annotations

from jupyter_server.auth.decorator import authorized
from tornado.iostream import StreamClosedError
from tornado.web import authenticated

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.server.handlers.base import RESOURCE
from mlx_jupyter.server.handlers.event_stream import EventStream
from mlx_jupyter.server.handlers.work import WorkHandler

__all__ = ["EventsHandler"]

HEARTBEAT_SECONDS = 15.0


class EventsHandler(WorkHandler):
    """From now on; `?after=N`, or a `Last-Event-ID` header, adds what is kept of what came later
    than event N; `?limit=N` gives the last N that are kept and ends."""

    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        after = self._number("after", self.request.headers.get("Last-Event-ID"))
        limit = self._number("limit", None)
        await self.do(self._follow(after) if limit is None else self._last(limit))

    def _number(self, name: str, default: str | None) -> int | None:
        text = self.get_query_argument(name, default)
        if text is None or text == "":
            return None
        if not text.isdecimal():
            raise InvalidRequest(f"'{name}' is a number, not '{text}'.", param=name)
        return int(text)

    async def _last(self, limit: int) -> None:
        stream = EventStream(self, "events")
        await stream.publish(self.app.pool.events.kept[-limit:] if limit else [])
        await stream.end()
        self.finish(set_content_type="text/event-stream")

    async def _follow(self, after: int | None) -> None:
        stream = EventStream(self, "events")
        subscription = self.app.pool.events.subscribe(after)
        try:
            await stream.comment("the pool's events")
            while True:
                events = await subscription.next(HEARTBEAT_SECONDS)
                if events:
                    await stream.publish(events)
                else:
                    await stream.comment("still here")
        except StreamClosedError:
            return
        finally:
            subscription.close()
