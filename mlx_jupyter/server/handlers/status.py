"""`GET v1/models/status`, `GET admin/models/status`, `GET admin/models/plan`."""

from __future__ import annotations

import asyncio

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.server.demand import counted_tokens
from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.server.handlers.parameters import client_of, count
from mlx_jupyter.server.pool_status import pool_status

__all__ = ["AdminStatusHandler", "PlanHandler", "StatusHandler"]

MAX_CHOICES = 128


class StatusHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        checkpoints = await asyncio.to_thread(self.app.catalog.discover)
        self.reply(pool_status(self.app.pool, checkpoints))


class AdminStatusHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        self.reply(self.app.pool.status())


class PlanHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        name = self.get_query_argument("model", "")
        if not name:
            raise InvalidRequest("Say for which model: ?model=ID.", param="model")
        prompt_tokens = count("prompt_tokens", self._asked("prompt_tokens"), least=0)
        max_tokens = count("max_tokens", self._asked("max_tokens"), least=1)
        choices = count("n", self._asked("n"), least=1, most=MAX_CHOICES) or 1
        model, checkpoint = await self.app.model(name)
        longest = checkpoint.context_length if checkpoint else None
        sequences = counted_tokens(prompt_tokens, max_tokens, choices, longest)
        client = client_of(self.request)
        self.reply(await self.app.pool.plan(model, client=client, sequences_tokens=sequences))

    def _asked(self, name: str) -> str:
        return str(self.get_query_argument(name, ""))
