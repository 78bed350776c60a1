"""A choice among the models of this machine, with what a load would do said before the click."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ipywidgets import HTML, Button, Dropdown, HBox, Layout

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.panel import markup
from mlx_jupyter.kernel.panel.errands import Errands, in_words, load
from mlx_jupyter.kernel.panel.feed import Feed
from mlx_jupyter.kernel.panel.grid import short
from mlx_jupyter.kernel.panel.state import PoolView, plan_words

__all__ = ["Picker", "choose"]

_NONE = ("Choose a model to load", "")


def choose(dropdown: Dropdown, options: list[tuple[str, str]]) -> None:
    """Gives `dropdown` other options; what was chosen stays chosen if it is still there, else it is
    the first."""
    if list(dropdown.options) == options:
        return
    models = [model for _, model in options]
    chosen = dropdown.value if dropdown.value in models else next(iter(models), None)
    with dropdown.hold_sync():
        dropdown.options = options
        dropdown.value = chosen


class Picker:
    """`touched` is called at what the user does; `guard` is the panel's."""

    def __init__(
        self, feed: Feed, errands: Errands, touched: Callable[[], None], guard: threading.RLock
    ) -> None:
        self._feed, self._errands, self._touched = feed, errands, touched
        self._guard = guard
        self._planned_for: object = None
        self._loading = False
        self.models = Dropdown(
            options=[_NONE],
            description="Load:",
            style={"description_width": "38px"},
            layout=Layout(flex="0 1 320px", min_width="0"),
        )
        self.button = Button(description="Load", disabled=True, layout=Layout(width="auto"))
        self._words = HTML(layout=Layout(flex="1 1 300px", margin="0 0 0 6px", min_width="0"))
        self.box = HBox(
            [self.models, self.button, self._words],
            layout=Layout(align_items="center", flex_flow="row wrap", margin="6px 0 0"),
        )
        self.models.observe(self._chosen, "value")
        self.button.on_click(lambda _: self._load())

    def show(self, view: PoolView) -> None:
        chosen = self.models.value
        self.models.unobserve(self._chosen, "value")  # the user has not chosen
        choose(self.models, [_NONE, *((one.label, one.model) for one in view.absent)])
        self.models.observe(self._chosen, "value")
        rows = tuple((row.model, row.state, row.pinned) for row in view.rows)
        is_due = self._planned_for != rows and not view.is_moving
        if is_due or self.models.value != chosen:
            self._planned_for = rows
            self._plan()

    def _chosen(self, _: object) -> None:
        self._touched()
        self._plan()

    def _plan(self) -> None:
        model = self.models.value
        self._set_button()
        if model:
            threading.Thread(target=self._ask_plan, args=(model,), daemon=True).start()
        else:
            self._words.value = ""

    def _ask_plan(self, model: str) -> None:
        try:
            said = plan_words(self._feed.use(lambda pool: pool.plan(model)))
        except MLXJupyterError as error:
            said = in_words(error)
        with self._guard:
            if self.models.value == model:  # else another has been chosen meanwhile
                self._words.value = markup.note(said)

    def _load(self) -> None:
        self._touched()
        if model := self.models.value:
            self._loading = True
            self._set_button()
            self._errands.send(f"Load {model}", lambda pool: load(pool, model), self._loaded)

    def _loaded(self) -> None:
        self._loading = False
        self._set_button()

    def _set_button(self) -> None:
        with self._guard:
            model = self.models.value
            self.button.description = f"Load {short(model)}" if model else "Load"
            self.button.disabled = self._loading or not model
