"""`%mlx bench`: measures a model, and shows how far it has come."""

from __future__ import annotations

from argparse import Namespace
from contextlib import closing
from threading import Event

from mlx_jupyter.errors import InvalidRequest
from mlx_jupyter.kernel.bench import STREAMS, Round, rounds, summaries
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.live import Live
from mlx_jupyter.kernel.magics.following import load_event_words
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.magics.session import Session
from mlx_jupyter.kernel.reports.bench import BenchReport
from mlx_jupyter.wire.models import Model
from mlx_jupyter.wire.pool import Loaded

__all__ = ["follow_bench"]


def follow_bench(pool: Pool, session: Session, options: Namespace, live: Live) -> BenchReport:
    """Uses the pool as it is: loads the model if it is not loaded, evicts nothing to reload it.
    Raises `Interrupted` when ■ stops it."""
    name = options.model or session.model or pool.health(ping=False).defaults["text"]
    model = pool.model(name)
    if model.kind == "embedding":
        raise InvalidRequest(f"{model.id} makes vectors; %mlx bench measures models that write.")
    try:
        load_seconds = _load(pool, model, live)
        return BenchReport(
            model.id, load_seconds, summaries(_follow(pool, model.id, options, live))
        )
    except KeyboardInterrupt:
        live.clear()
        raise Interrupted(f"the measurement of {model.id} is given up") from None
    except BaseException:
        live.clear()
        raise


def _load(pool: Pool, model: Model, live: Live) -> float | None:
    if model.state == "ready":
        return None
    with closing(pool.load_events(model.id, pin=False)) as events:
        for event in events:
            if isinstance(event, Loaded):
                return event.load_seconds
            live.show({"text/plain": load_event_words(event, model.id)})
    raise AssertionError("load_events ends with Loaded or an error")


def _follow(pool: Pool, model: str, options: Namespace, live: Live) -> list[Round]:
    done: list[Round] = []
    total = options.rounds * len(STREAMS)
    live.show({"text/plain": f"measuring {model}"})
    for one in rounds(pool, model, options.rounds, Event()):
        done.append(one)
        live.show({"text/plain": f"measuring {model}: {len(done)} of {total} rounds"})
    return done
