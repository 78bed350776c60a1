"""The live panel. Importing this imports ipywidgets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Button, HBox, Layout, VBox

from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.discovery import find
from mlx_jupyter.kernel.panel import markup
from mlx_jupyter.kernel.panel.attention import Attention
from mlx_jupyter.kernel.panel.audience import News
from mlx_jupyter.kernel.panel.errands import Errands
from mlx_jupyter.kernel.panel.feed import Feed, feed_of
from mlx_jupyter.kernel.panel.grid import Grid, close
from mlx_jupyter.kernel.panel.picker import Picker
from mlx_jupyter.kernel.panel.question import QuestionBox
from mlx_jupyter.kernel.panel.reading import look
from mlx_jupyter.kernel.panel.rows import clock as time_of_day
from mlx_jupyter.kernel.panel.state import PoolView, headline
from mlx_jupyter.kernel.panel.static import StaticPanel

__all__ = ["MemoryPanel"]

_WAS_LIVE = "With widgets this is a live panel: run the cell where they can be shown."
_HINT = "While a cell runs, buttons wait for it; the figures do not."


class MemoryPanel(VBox):  # type: ignore[misc]
    """What the pool holds, live: the budget as a bar, models with buttons, who left and why.

    `pool` is one that `connect` gave; without it, that of the server which is found. `clock` is in
    seconds from anywhere. Raises `ServerNotFound` when there is none. It pauses when nobody has
    touched it for ten minutes, or its output is gone; `close` ends it.

    In a saved notebook it stands as a table of the moment at which it was shown.
    """

    _feed: Feed | None = None

    def __init__(
        self, pool: Pool | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        endpoint = pool.endpoint if pool is not None else find()
        with Pool(endpoint) as found:
            self._seen = look(found)
        super().__init__(layout=Layout(padding="8px", max_width="1100px"), _view_count=0)
        feed = self._feed = feed_of(endpoint)
        # Reentrant: a click changes widgets whose observers change others.
        self._guard = threading.RLock()
        self._attention = Attention(clock)
        self._paused = False
        self._make(feed)
        self._show(self._seen)
        self.observe(self._on_views, "_view_count")
        feed.attach(self)

    def _make(self, feed: Feed) -> None:
        errands = Errands(feed, self._say)
        self._head = HTML(layout=Layout(flex="1 1 auto", min_width="0"))
        self._bar, self._log = HTML(layout=Layout(width="auto")), HTML()
        self._note = HTML()
        self.pause_button = Button(description="Pause", layout=Layout(width="auto"))
        self.pause_button.on_click(lambda _: self._toggle())
        self.question = QuestionBox(feed, self._touch, self._guard)
        self.grid = Grid(errands, self.question.turn_to, self._touch, self._guard)
        self.picker = Picker(feed, errands, self._touch, self._guard)
        head = HBox([self._head, self.pause_button], layout=Layout(align_items="center"))
        boxes = [self.grid.box, self.picker.box, self.question.box]
        self.children = [head, self._bar, *boxes, self._note, self._log]

    # --- what the feed calls, in its thread ---------------------------------------------------

    def tell(self, news: News) -> None:
        with self._guard:
            if news.view is None:
                self._set_head(f"{news.trouble} Looking for it again …", is_error=True)
                return
            self._seen = news.view
            self._show(news.view)

    def is_away(self) -> bool:
        return self._attention.is_away

    def leave(self, reason: str) -> None:
        with self._guard:
            self._paused = True
            self.pause_button.description = "Resume"
            self._set_head(reason)

    # --- what the user does -------------------------------------------------------------------

    def pause(self) -> None:
        """It changes no more until `resume`, or a click."""
        if self._feed is not None:
            self._feed.detach(self)
        self.leave("Paused. Press Resume.")

    def resume(self) -> None:
        """Live again, from what is so now."""
        with self._guard:
            self._paused = False
            self._attention.touch()
            self.pause_button.description = "Pause"
            self._set_head("Asking the server …")
        if self._feed is not None:
            self._feed.attach(self)

    def close(self) -> None:
        """Ends it; the feed's thread ends with its last panel."""
        feed, self._feed = self._feed, None
        if feed is not None:
            feed.detach(self)
            self.question.stop()
            for child in self.children:
                close(child)
            self.layout.close()
        super().close()
        self.__dict__.pop("_repr_mimebundle_", None)  # as a table it can be shown all the same

    def _toggle(self) -> None:
        if self._paused:
            self.resume()
        else:
            self.pause()

    def _touch(self) -> None:
        self._attention.touch()
        if self._paused:
            self.resume()

    def _on_views(self, change: Any) -> None:
        if self._attention.count_views(change["new"] or 0) and self._paused:
            self.resume()

    # --- what it shows ------------------------------------------------------------------------

    def _show(self, view: PoolView) -> None:
        self._set_head(f"Live; last change at {time_of_day(view.at)}. {_HINT}")
        self._bar.value = markup.bar(view) + markup.legend(view)
        self._log.value = markup.log(view)
        self.grid.show(view.rows)
        self.picker.show(view)
        self.question.show(view)

    def _set_head(self, text: str, *, is_error: bool = False) -> None:
        self._head.value = markup.head(headline(self._seen), text, is_error=is_error)

    def _say(self, text: str, is_error: bool) -> None:
        with self._guard:
            self._note.value = markup.note(text, is_error=is_error)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = dict(StaticPanel(self._seen, _WAS_LIVE).bundle())
        if self.comm is not None:
            live = super()._repr_mimebundle_(**kwargs) or {}
            bundle = live | bundle
        return bundle
