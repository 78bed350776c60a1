"""Embeds a column, and shows how far it is."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.embedding.column import Column
from mlx_jupyter.kernel.embedding.embedded import Embedded, EmbedProgress
from mlx_jupyter.kernel.embedding.run import Events
from mlx_jupyter.kernel.live import Live
from mlx_jupyter.kernel.magics.following import load_event_words
from mlx_jupyter.kernel.magics.interrupt import Interrupted
from mlx_jupyter.kernel.progress import embed_words

__all__ = ["follow_embedding"]

_SHORT_SECONDS = 1.0
"""What takes no longer is not worth a bar."""


def follow_embedding(pool: Pool, column: Column, options: dict[str, Any], live: Live) -> Embedded:
    """Raises `Interrupted`, which tells how much is kept, when ■ stops it."""
    follower = _Follower(live, EmbedProgress(0, len(column), 0))
    try:
        with closing(pool.embed_events(column, **options)) as events:
            return follower.follow(events)
    except KeyboardInterrupt:
        live.clear()
        raise Interrupted(follower.kept_words()) from None
    except BaseException:
        live.clear()
        raise


class _Follower:
    def __init__(self, live: Live, progress: EmbedProgress) -> None:
        self._live = live
        self._progress = progress
        self._began = time.monotonic()

    def follow(self, events: Events) -> Embedded:
        for event in events:
            if isinstance(event, Embedded):
                return event
            if not isinstance(event, EmbedProgress):
                self._show(load_event_words(event, event.model or "the model"))
                continue
            self._progress = event
            if self._is_long():
                self._show(embed_words(event.done, event.total, event.seconds_left))
        raise AssertionError("embed_events ends with Embedded or an error")

    def kept_words(self) -> str:
        progress = self._progress
        done = f"{progress.done:,} of {progress.total:,} texts are done"
        if not progress.done:
            return done
        if not progress.kept:
            return f"{done}, and not kept"
        kept = " and kept" if progress.kept == progress.done else f", {progress.kept:,} are kept"
        return f"{done}{kept}; run the cell again to go on"

    def _is_long(self) -> bool:
        spent = time.monotonic() - self._began
        return spent + (self._progress.seconds_left or 0.0) >= _SHORT_SECONDS

    def _show(self, words: str) -> None:
        self._live.show({"text/plain": words})
