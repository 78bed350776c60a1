"""What each verb of `%mlx` that answers at once does with the pool."""

from __future__ import annotations

import time
from argparse import Namespace
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from mlx_jupyter.errors import RequestFailed
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.cache import VectorCache
from mlx_jupyter.kernel.embedding.cache_place import cache_folder
from mlx_jupyter.kernel.kernel_id import kernel_id
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.panel.opening import open_panel
from mlx_jupyter.kernel.reports.change import (
    EvictedReport,
    PinnedReport,
    SwitchedReport,
    UseReport,
)
from mlx_jupyter.kernel.reports.events import EventsReport
from mlx_jupyter.kernel.reports.plan import PlannedReport
from mlx_jupyter.kernel.reports.report import Report
from mlx_jupyter.kernel.reports.status import ModelsReport, StatusReport
from mlx_jupyter.wire.pool import Unloaded

__all__ = ["VERBS"]


def _status(pool: Pool, session: Session, options: Namespace) -> Report:
    vectors_bytes = VectorCache(cache_folder()).size_bytes
    return StatusReport(pool.status(), time.time(), kernel_id(), vectors_bytes)


def _models(pool: Pool, session: Session, options: Namespace) -> Report:
    return ModelsReport(pool.models(), {session.model, session.embedding_model})


def _evict(pool: Pool, session: Session, options: Namespace) -> Report:
    if not options.all:
        return EvictedReport([pool.evict(name, force=options.force) for name in options.models], {})
    models = pool.status().models.items()
    loaded = [name for name, model in models if model.status == "running"]
    evicted: list[Unloaded] = []
    kept: dict[str, str] = {}
    for name in loaded:
        try:
            evicted.append(pool.evict(name, force=options.force))
        except RequestFailed as error:
            _keep(kept, name, error)
    return EvictedReport(evicted, kept)


def _keep(kept: dict[str, str], name: str, error: RequestFailed) -> None:
    """One in use stays, with the reason; one that has gone meanwhile is what was wanted."""
    if error.http_status == HTTPStatus.CONFLICT:
        kept[name] = error.message
    elif error.http_status != HTTPStatus.NOT_FOUND:
        raise error


def _pin(pool: Pool, session: Session, options: Namespace) -> Report:
    return PinnedReport(pool.pin(options.model, keep=options.keep), kernel_id())


def _unpin(pool: Pool, session: Session, options: Namespace) -> Report:
    return PinnedReport(pool.unpin(options.model, keep=options.keep), kernel_id())


def _switch(pool: Pool, session: Session, options: Namespace) -> Report:
    return SwitchedReport(pool.switch(options.model, options.policy))


def _plan(pool: Pool, session: Session, options: Namespace) -> Report:
    return PlannedReport(pool.plan(options.model))


def _use(pool: Pool, session: Session, options: Namespace) -> Report:
    if options.model:
        # The id as the server writes it; one that it does not know is refused, with near names.
        found = pool.model(options.model)
        if found.kind == "embedding":
            session.embedding_model = found.id
        else:
            session.model, session.model_sees = found.id, found.kind == "vision"
    elif options.reset:
        session.model, session.model_sees, session.embedding_model = None, False, None
    return UseReport(session.model, session.embedding_model)


def _events(pool: Pool, session: Session, options: Namespace) -> Report:
    return EventsReport(list(pool.events(options.last)), kernel_id())


def _panel(pool: Pool, session: Session, options: Namespace) -> Any:
    return open_panel(pool)


VERBS: dict[str, Callable[[Pool, Session, Namespace], Report]] = {
    "status": _status,
    "models": _models,
    "evict": _evict,
    "pin": _pin,
    "unpin": _unpin,
    "switch": _switch,
    "plan": _plan,
    "use": _use,
    "events": _events,
    "panel": _panel,
}
