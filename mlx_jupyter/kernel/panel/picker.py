"""A choice among the models of this machine, with what a load would do said before the click."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ipywidgets import HTML, Button, HBox, Layout

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel import markup
from mlx_jupyter.kernel.panel.choice import ModelField
from mlx_jupyter.kernel.panel.errands import Errands, in_words, load
from mlx_jupyter.kernel.panel.feed import Feed
from mlx_jupyter.kernel.panel.grid import short
from mlx_jupyter.kernel.panel.state import PoolView, plan_words

__all__ = ["Picker"]


class Picker:
    """`touched` is called at what the user does; `guard` is the panel's."""

    def __init__(
        self, feed: Feed, errands: Errands, touched: Callable[[], None], guard: threading.RLock
    ) -> None:
        self._feed, self._errands, self._touched = feed, errands, touched
        self._guard = guard
        self._planned_for: object = None
        self._planned = ""
        self._loading = False
        self.models = ModelField("Load:", self._changed, self._entered)
        self.button = Button(description="Load", disabled=True, layout=Layout(width="auto"))
        self.words = HTML(layout=Layout(flex="1 1 300px", margin="0 0 0 6px", min_width="0"))
        self.box = HBox(
            [self.models.box, self.button, self.words],
            layout=Layout(align_items="center", flex_flow="row wrap", margin="6px 0 0"),
        )
        self.button.on_click(lambda _: self._load())

    def show(self, view: PoolView) -> None:
        """What is said of the chosen model is asked for again when others came or went."""
        self.models.suggest(view.absent)
        rows = tuple((row.model, row.state, row.pinned) for row in view.rows)
        if self._planned_for != rows and not view.is_moving:
            self._planned_for = rows
            if self._planned:
                self._plan(self._planned)

    def _changed(self) -> None:
        """A model of this machine is planned for at once, another only when it is whole."""
        self._touched()
        known = self.models.is_known
        self._plan(self.models.model if known else "")
        if self.models.model and not known:
            self.words.value = markup.note("Press Enter to see what a load would do.")

    def _entered(self) -> None:
        self._touched()
        self._plan(self.models.model)

    def _plan(self, model: str) -> None:
        self._planned = model
        self._set_button()
        if model:
            threading.Thread(target=self._ask_plan, args=(model,), daemon=True).start()
        else:
            self.words.value = ""

    def _ask_plan(self, model: str) -> None:
        try:
            said = plan_words(self._feed.use(lambda pool: pool.plan(model)))
        except MLXJupyterError as error:
            said = in_words(error)
        with self._guard:
            if self._planned == model:  # else another has been chosen meanwhile
                self.words.value = markup.note(said)

    def _load(self) -> None:
        self._touched()
        if model := self._planned:
            self._loading = True
            self._set_button()
            self._errands.send(f"Load {model}", lambda pool: self._loaded(pool, model), self._over)

    def _loaded(self, pool: Pool, model: str) -> str:
        said = load(pool, model)
        with self._guard:
            if self._planned == model:
                self.models.put("")
        return said

    def _over(self) -> None:
        self._loading = False
        self._set_button()

    def _set_button(self) -> None:
        with self._guard:
            model = self._planned
            self.button.description = f"Load {short(model)}" if model else "Load"
            self.button.disabled = self._loading or not model
