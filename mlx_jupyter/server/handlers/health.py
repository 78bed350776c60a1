"""`GET health`: asks every worker, so that a yes means that the threads that decode are alive; with
`?ping=false` only whether the processes are."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping

from jupyter_server.auth.decorator import authorized
from tornado.web import authenticated

from mlx_jupyter._version import __version__
from mlx_jupyter.errors import WorkerDied
from mlx_jupyter.pool.slot import State
from mlx_jupyter.pool.worker_link import WorkerLink
from mlx_jupyter.server.handlers.base import RESOURCE, Handler
from mlx_jupyter.server.handlers.parameters import truth
from mlx_jupyter.server.outputs import updates_displays
from mlx_jupyter.wire.health import Health, WorkerHealth

__all__ = ["HealthHandler"]

PING_SECONDS = 5.0
"""Longer than a prefill chunk on a slow CPU, between two of which a worker answers."""
_TRUE = ("1", "ON", "YES", "TRUE")
"""As huggingface_hub reads its variables."""


class HealthHandler(Handler):
    _track_activity = False

    @authenticated
    @authorized(action="read", resource=RESOURCE)
    async def get(self) -> None:
        pool = self.app.pool
        ping = truth("ping", self.get_query_argument("ping", "true"))
        workers = (self._worker(model, link, ping=ping) for model, link in pool.workers())
        alive = await asyncio.gather(*workers)
        dead = [
            WorkerHealth(model, None, alive=False, error=error.message)
            for model, error in pool.failed().items()
            if isinstance(error, WorkerDied)
        ]
        everyone = [*alive, *dead]
        self.reply(
            Health(
                healthy=all(worker.alive for worker in everyone),
                version=__version__,
                pid=os.getpid(),
                instance_id=self.app.instance_id,
                blas=self.app.blas,
                requests=pool.active_leases,
                workers=everyone,
                defaults=dict(self.app.defaults.items()),
                allow_downloads=self.app.allow_downloads,
                offline=_is_offline(os.environ),
                updates_displays=updates_displays(self.serverapp),
            )
        )

    async def _worker(self, model: str | None, link: WorkerLink, *, ping: bool) -> WorkerHealth:
        """A worker that imports or loads cannot answer yet: it lives as long as its process."""
        hello = link.hello.result() if link.hello.done() else None
        ready = model is not None and self.app.pool.slot(model).state is State.READY
        answers = await link.ping(PING_SECONDS) if ready and ping else link.alive
        return WorkerHealth(
            model,
            link.pid,
            alive=answers,
            blas=hello.blas if hello else None,
            device=hello.device if hello else None,
            error=None if answers else "the worker does not answer",
        )


def _is_offline(environment: Mapping[str, str]) -> bool:
    """The hub is not asked, as huggingface_hub understands the user's environment."""
    names = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
    return any(environment.get(name, "").upper() in _TRUE for name in names)
