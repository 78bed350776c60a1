"""A panel's rows: a model's facts, and the buttons that suit its state."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable

from ipywidgets import HTML, Button, HBox, Layout, VBox

from mlx_jupyter.kernel.panel import errands, markup
from mlx_jupyter.kernel.panel.rows import Row

__all__ = ["Grid", "short"]

VERBS = ("Load", "Pin", "Evict", "Query")
_LONGEST = 20
_HINTS = {
    "Load": "Load {}, without a pin",
    "Pin": "Keep {} loaded while this notebook's kernel lives",
    "Unpin": "Take every pin of {} away",
    "Evict": "Unload {} and give its memory back",
    "Stop": "Give up the load of {}",
    "Query": "Ask {} a question, in the box below",
}


def short(model: str) -> str:
    """Enough of a model's id for a button: all of it, or its last part."""
    name = model if len(model) <= _LONGEST else model.rsplit("/", 1)[-1]
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


class _Line:
    """The widgets of one row. `press` is called with the verb."""

    def __init__(self, model: str, press: Callable[[str], None]) -> None:
        self.model = model
        self.row: Row | None = None
        self._press = press
        self._facts = HTML(layout=Layout(flex="1 1 240px", margin="0 2px", min_width="0"))
        self.buttons = {verb: self._button(verb) for verb in VERBS}
        places = Layout(flex="0 1 auto", flex_flow="row wrap", justify_content="flex-end")
        self.box = HBox(
            [self._facts, HBox(list(self.buttons.values()), layout=places)],
            layout=Layout(
                align_items="center",
                flex_flow="row wrap",
                border_top="1px solid var(--jp-border-color2, #e0e0e0)",
            ),
        )

    def _button(self, verb: str) -> Button:
        button = Button(
            description=f"{verb} {short(self.model)}",
            tooltip=_HINTS[verb].format(self.model),
            layout=Layout(width="auto", min_width="112px", margin="2px"),
        )
        button.on_click(lambda _: self._press(self.verb(verb)))
        return button

    def verb(self, place: str) -> str:
        """What the button of that place does now."""
        if self.row is not None and place == "Pin" and self.row.pinned:
            return "Unpin"
        if self.row is not None and place == "Evict" and self.row.is_loading:
            return "Stop"
        return place

    def show(self, row: Row, *, busy: bool) -> None:
        self.row = row
        self._facts.value = markup.facts(row)
        there = {
            "Load": row.can_load,
            "Pin": row.is_loaded or row.pinned,
            "Evict": row.can_evict,
            "Query": row.is_loaded and row.answers,
        }
        for place, button in self.buttons.items():
            verb = self.verb(place)
            button.description = f"{verb} {short(row.model)}"
            button.tooltip = _HINTS[verb].format(row.model)
            button.disabled = busy and verb != "Stop"
            button.layout.display = None if there[place] else "none"


class Grid:
    """`ask` is called with the model of a Query button, `touched` at every click; `guard` is the
    panel's."""

    def __init__(
        self,
        sent: errands.Errands,
        ask: Callable[[str], None],
        touched: Callable[[], None],
        guard: threading.RLock,
    ) -> None:
        self._errands, self._ask, self._touched = sent, ask, touched
        self._guard = guard
        self._busy: set[str] = set()
        self._lines: dict[str, _Line] = {}
        self._empty = HTML(markup.note("No model is loaded. Choose one below."))
        self.box = VBox([self._empty], layout=Layout(margin="6px 0 0"))

    def show(self, rows: Iterable[Row]) -> None:
        """A line lives as long as its model has a row: its buttons keep the keyboard's focus."""
        lines = {row.model: self._line(row) for row in rows}
        for model in self._lines.keys() - lines.keys():
            close(self._lines[model].box)
        if list(lines) != list(self._lines):
            self._lines = lines
            self.box.children = [line.box for line in lines.values()] or [self._empty]

    def _line(self, row: Row) -> _Line:
        model = row.model
        line = self._lines.get(model) or _Line(model, lambda verb: self._do(verb, model))
        line.show(row, busy=model in self._busy)
        return line

    def _do(self, verb: str, model: str) -> None:
        self._touched()
        if verb == "Query":
            self._ask(model)
            return
        job = {
            "Load": errands.load,
            "Pin": errands.pin,
            "Unpin": errands.unpin,
            "Evict": errands.evict,
            "Stop": errands.give_up,
        }[verb]
        self._set_busy(model, busy=True)
        self._errands.send(
            f"{verb} {model}",
            lambda pool: job(pool, model),
            lambda: self._set_busy(model, busy=False),
        )

    def _set_busy(self, model: str, *, busy: bool) -> None:
        with self._guard:
            (self._busy.add if busy else self._busy.discard)(model)
            line = self._lines.get(model)
            if line is not None and line.row is not None:
                line.show(line.row, busy=busy)


def close(box: HBox | VBox) -> None:
    """With all that is in it; ipywidgets would keep that for ever."""
    for child in getattr(box, "children", ()):
        close(child)
    box.close()
    for part in (box.layout, getattr(box, "style", None)):
        if part is not None:
            part.close()
