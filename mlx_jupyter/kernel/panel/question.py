"""A question to one model, answered in the panel: to see whether it works, and how fast."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from html import escape

from ipywidgets import HTML, Button, HBox, Layout, Text, VBox

from mlx_jupyter.errors import MLXJupyterError
from mlx_jupyter.kernel.answer import Answer
from mlx_jupyter.kernel.client import Pool
from mlx_jupyter.kernel.panel import markup
from mlx_jupyter.kernel.panel.choice import ModelField
from mlx_jupyter.kernel.panel.errands import in_words
from mlx_jupyter.kernel.panel.feed import Feed
from mlx_jupyter.kernel.panel.state import PoolView
from mlx_jupyter.kernel.progress import words
from mlx_jupyter.wire.sse import Progress

__all__ = ["QuestionBox"]

_SHOWN_CHARACTERS = 6000
"""Each update carries all that is shown again."""
_BETWEEN_UPDATES_SECONDS = 0.4


class QuestionBox:
    """`touched` is called at what the user does; `guard` is the panel's."""

    def __init__(self, feed: Feed, touched: Callable[[], None], guard: threading.RLock) -> None:
        self._feed, self._touched, self._guard = feed, touched, guard
        self._stopped: threading.Event | None = None
        self._offered = False
        self.models = ModelField("Ask:")
        self.text = Text(placeholder="A question, then Enter", layout=Layout(flex="1 1 200px"))
        self.ask_button = Button(description="Ask", layout=Layout(width="auto"))
        self.stop_button = Button(description="Stop", disabled=True, layout=Layout(width="auto"))
        self.answer = HTML(layout=Layout(margin="0"))
        line = HBox(
            [self.models.box, self.text, self.ask_button, self.stop_button],
            layout=Layout(align_items="center", flex_flow="row wrap"),
        )
        self.box = VBox([line, self.answer], layout=Layout(margin="2px 0 0"))
        self.ask_button.on_click(lambda _: self._ask())
        self.stop_button.on_click(lambda _: self.stop())
        self.text.on_msg(self._entered)
        self.text.observe(lambda _: self._touched(), "value")

    def show(self, view: PoolView) -> None:
        self.models.suggest(view.askable)
        if not self.models.model and view.askable and not self._offered:
            self._offered = True
            self.models.put(view.askable[0].label)

    def turn_to(self, model: str) -> None:
        """Makes `model` the one to ask, and leads the keyboard to the question."""
        self.models.put(model)
        self.text.focus()

    def stop(self) -> None:
        """Ends the answer, in the server too, at its next sign of life."""
        if self._stopped is not None:
            self._stopped.set()

    def _entered(self, _: object, content: object, buffers: object) -> None:
        if isinstance(content, dict) and content.get("event") == "submit":
            self._ask()

    def _ask(self) -> None:
        self._touched()
        model, question = self.models.model, self.text.value.strip()
        if not (model and question):
            self.answer.value = markup.note("Choose a model and write a question first.")
            return
        with self._guard:
            if self._stopped is not None:
                return
            self._stopped = threading.Event()
            self._set_buttons()
        threading.Thread(target=self._run, args=(model, question), daemon=True).start()

    def _set_buttons(self) -> None:
        self.ask_button.disabled = self._stopped is not None
        self.stop_button.disabled = self._stopped is None

    def _run(self, model: str, question: str) -> None:
        try:
            self._feed.use(lambda pool: self._stream(pool, model, question))
        except MLXJupyterError as error:
            self.answer.value = markup.note(f"{model}: {in_words(error)}", is_error=True)
        finally:
            with self._guard:
                self._stopped = None
                self._set_buttons()

    def _stream(self, pool: Pool, model: str, question: str) -> None:
        stopped, next_update = self._stopped, 0.0
        self._show("", f"{model} …")
        with pool.chat(question, model=model, stream=True) as stream:
            for event in stream.events():
                if stopped is not None and stopped.is_set():
                    break
                if time.monotonic() >= next_update:
                    next_update = time.monotonic() + _BETWEEN_UPDATES_SECONDS
                    below = words(event) if isinstance(event, Progress) else f"{model} …"
                    self._show(stream.answer.text, below)
        self._show(stream.answer.text, _footer(stream.answer))

    def _show(self, text: str, below: str) -> None:
        if len(text) > _SHOWN_CHARACTERS:
            text = "… " + text[-_SHOWN_CHARACTERS:]
        self.answer.value = (
            '<div tabindex="0" aria-label="Answer" style="white-space: pre-wrap; max-height: 220px;'
            " overflow: auto; overflow-wrap: anywhere; line-height: 18px; padding: 4px 8px;"
            f' border-left: 3px solid var(--jp-brand-color1, #1976d2)">{escape(text)}</div>'
            f"{markup.note(below)}"
        )


def _footer(answer: Answer) -> str:
    facts = [answer.model or ""]
    if answer.usage:
        facts.append(f"{answer.usage.completion_tokens} tokens")
    if speed := answer.tokens_per_second:
        facts.append(f"{speed:.0f} tokens/s")
    facts += [answer.mark] if answer.mark else []
    return " · ".join(filter(None, facts))
